"""Pictures of rock: core photographs, borehole images and thin sections beside the logs."""
