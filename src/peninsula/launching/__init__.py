"""Start processes for flow runs, watch over them, and tell what becomes of them."""
