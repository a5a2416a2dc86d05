"""The command line: one file for each noun, and a few for how things are said."""
