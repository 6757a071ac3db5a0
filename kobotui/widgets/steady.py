"""Workers whose errors are said, and do not end the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.worker import Worker, WorkerState

if TYPE_CHECKING:
    from textual.dom import DOMNode
else:
    DOMNode = object  # Textual takes a class's style from its first base that is a node


class Steady(DOMNode):
    """What has such workers: the app, every screen, every window."""

    def run_worker(self, *args: Any, **options: Any) -> Worker[Any]:
        """As Textual's, but the app does not end by an error."""
        return super().run_worker(*args, **options | {"exit_on_error": False})

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """The safety net below all workers."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.worker_failed(event.worker.error)

    def worker_failed(self, error: BaseException) -> None:
        """Say it: at the foot of the topmost screen that has one."""
        app: Any = self.app
        app.kobo_screen().worker_failed(error)
