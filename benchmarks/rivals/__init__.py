"""What a model has to beat, as restorers: none of it is part of the package."""
