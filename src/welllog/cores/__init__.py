"""Core photographs, borehole images and thin sections: on depth, segmented, turned into curves."""
