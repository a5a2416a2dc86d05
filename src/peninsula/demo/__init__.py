"""Make a home with some weeks of history, to look at: `peninsula demo`.

Nothing in it is written by hand: the flows in `demo.flows` are run by the engine, in an event loop
whose time is leapt through instead of waited for.
"""
