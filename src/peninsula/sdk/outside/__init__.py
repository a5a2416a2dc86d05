"""Tell what a flow uses outside of itself: each use of a system is a call, and an event."""
