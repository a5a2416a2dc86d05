"""Start flow runs that wait in work pools, where the pool says, and watch over them."""
