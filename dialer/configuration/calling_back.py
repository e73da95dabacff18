"""`callback_queue` and `caller_id` of a line: whose advisers call back those who asked on it, and under which number.

Decides what a line does that does not say so: the queue of its own name calls back, and its own number is shown. A
number that may not be shown in the way of dialling that is configured is refused here, long before the gate would.
"""

from __future__ import annotations

from pathlib import PurePath

from dialer.configuration.folder import TomlFile
from dialer.configuration.installation import FILE as INSTALLATION
from dialer.configuration.installation import Installation, french_number
from dialer.configuration.queues import FILE as QUEUES
from dialer.configuration.tables import Named, shown
from dialer.core.callbacks.compliance import lawful_caller_id
from dialer.core.numbers import national
from dialer.core.rules import QueueRules
from dialer.core.words import E164, QueueId
from ivr.flow import Flow
from ivr.nodes import Callback
from schedules.faults import Fault


def read_callback_queue(file: TomlFile, queues: Named[QueueRules], faults: list[Fault]) -> QueueId | None:
    """The queue; None for a line that takes no requests: `callback_queue = ""`, or no queue of the line's name."""
    written = file.table.get("callback_queue")
    here = f"{file.where} callback_queue"
    if written is None:
        named = PurePath(file.where).stem
        queue = queues.whole.get(named)
        return QueueId(named) if queue is not None and queue.callback_share > 0 else None
    if not isinstance(written, str):
        faults.append(Fault(here, f"{shown(written)} is not text between quotes", 'write callback_queue = "main"'))
    elif written and written not in queues.names:
        mend = f"use {', '.join(sorted(queues.names))}, or add it to {QUEUES}"
        faults.append(Fault(here, f"there is no queue {shown(written)}", mend))
    elif written in queues.whole and queues.whole[written].callback_share == 0:
        faults.append(_unkept(here, written))
    elif written:
        return QueueId(written)
    return None


def refuse_empty_promises(where: str, flow: Flow, queues: Named[QueueRules], faults: list[Fault]) -> None:
    """Refuse a flow that offers to call back by a queue that reserves nobody for it."""
    for name, node in flow.nodes.items():
        if isinstance(node, Callback) and node.queue is not None:
            queue = queues.whole.get(node.queue)
            if queue is not None and queue.callback_share == 0:
                faults.append(_unkept(f"{where} [node {name}] queue", node.queue))


def read_caller_id(file: TomlFile, number: E164 | None, installation: Installation, faults: list[Fault]) -> E164 | None:
    """The number that is written; None where the line's own is shown. number: that one, if the line calls back."""
    written = file.table.get("caller_id")
    caller_id = french_number(written)
    here = f"{file.where} caller_id"
    if written is not None and caller_id is None:
        mend = 'write a French number of ours, as "01 99 00 00 01"'
        faults.append(Fault(here, f"{shown(written)} is not a French telephone number", mend))
        return None
    seen = caller_id or number
    mode = installation.callbacks.rules.mode
    if seen is None or lawful_caller_id(seen, mode, installation.calling):
        return caller_id
    who = "the line's own number " if caller_id is None else ""
    if lawful := mode in installation.calling.automatic:
        what = f'{who}{shown(national(seen))} may not be shown on calls that are dialled by mode "{mode}"'
    else:
        what = f"{who}{shown(national(seen))} may not be shown: it is a mobile, overseas, or in 08 and not 080"
    ways = "one in 080 or of a verified range, as 01 62, 02 70 or 09 48"
    mend = (
        f'write {ways}; or mode = "preview" in {INSTALLATION} [callbacks]' if lawful else f"write {ways}, or 01 to 05"
    )
    faults.append(Fault(here, what, mend))
    return caller_id


def _unkept(where: str, queue: str) -> Fault:
    what = f"the queue {shown(queue)} reserves nobody for callbacks, and what was promised would not be kept"
    return Fault(where, what, f"write a callback_share above 0 in {QUEUES} [{queue}]")
