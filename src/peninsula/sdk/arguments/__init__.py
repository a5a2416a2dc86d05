"""What runs are given: bound to parameters, checked, summed up, known again."""
