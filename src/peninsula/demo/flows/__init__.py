"""The flows of a data team, as its people would write them; only their work is made up."""
