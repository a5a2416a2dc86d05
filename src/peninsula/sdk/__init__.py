"""What users write flows with, and the engine that runs them.

At the top is what users declare, import and ask for: `flows`, `tasks`, `states`, `artifacts`, …
Each folder is a room with one duty; rooms import those above them in this list, never one below:

    arguments      what a run is given: bound, coerced, known again as what a task returned
    interrupting   end a run at a moment that is safe
    telling        tell the journal, logs and terminal what happens
    results        results that are kept: where, under which key, together or not at all
    outside        calls of systems, told as events
    running        the engine: a call becomes a run, and is taken to its end
    remote         the same in other processes
    background     task runs handed to task workers, and the workers
    executing      the process that a worker starts for one flow run

A run begins in `runnable.Runnable.__call__`, or in `submit`, `map` and `delay` of `runnable_task`.
These go to `running.launch`, whose runs `running.sync_driver` and `running.async_driver` drive by
the life in `core.life`. docs/architecture.md says what each module knows.
"""
