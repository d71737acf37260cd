"""Makes OpenHands' app server (openhands-ai 1.11.0) hide conversations that it stores.

A change fails with KeyError, and the server does not start, if a method that it replaces is missing.
"""

import time
from collections.abc import Callable
from typing import Any

from openhands.app_server.app_conversation.live_status_app_conversation_service import (
    LiveStatusAppConversationService,
)
from openhands.app_server.app_conversation.sql_app_conversation_info_service import (
    SQLAppConversationInfoService,
    StoredConversationMetadata,
)


def keep_deleted() -> None:
    """Keeps the rows of deleted conversations and filters them from reads, like OpenHands Cloud
    and Enterprise since 0.75. A later start with the id stores the row again, and it stays hidden.
    Only the count of conversations, which has a query of its own, still counts it."""
    deleted: set[str] = set()

    def filtered(select: Any) -> Any:
        async def select_kept(service: Any) -> Any:
            rows = await select(service)
            return rows.where(StoredConversationMetadata.conversation_id.notin_(deleted))

        return select_kept

    def marking(_: Any) -> Any:
        async def mark_deleted(service: Any, conversation_id: Any) -> bool:
            deleted.add(str(conversation_id))
            return True

        return mark_deleted

    change(SQLAppConversationInfoService, "_secure_select", filtered)
    change(SQLAppConversationInfoService, "delete_app_conversation_info", marking)


def list_after(seconds: float) -> None:
    """Lists a conversation only some time after it was stored. The server itself sees it at once,
    so it loses no event."""
    stored: dict[Any, float] = {}

    def noting(save: Any) -> Any:
        async def note_and_save(service: Any, info: Any) -> Any:
            stored.setdefault(info.id, time.monotonic())
            return await save(service, info)

        return note_and_save

    def delayed(build: Any) -> Any:
        async def build_listed(service: Any, infos: Any) -> Any:
            until = time.monotonic() - seconds
            listed = [info if info and stored.get(info.id, 0) < until else None for info in infos]
            return await build(service, listed)

        return build_listed

    change(SQLAppConversationInfoService, "save_app_conversation_info", noting)
    change(LiveStatusAppConversationService, "_build_app_conversations", delayed)


def change(owner: type, name: str, replaced: Callable[[Any], Any]) -> None:
    setattr(owner, name, replaced(vars(owner)[name]))
