"""Keep results of runs: where, under which key, together or not at all."""
