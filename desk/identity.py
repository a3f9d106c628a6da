"""What Slack says of an account: asked once more when Slack tells of a change, and acted upon."""

from __future__ import annotations

from desk.desk import Office
from services import leaving


async def follow(office: Office, slack_team_id: str, user_id: str) -> None:
    """Let whoever has this account leave, if Slack says that it is deactivated.

    Errors: SlackFailedError, StoreError, KekError.
    """
    tenant = await office.tenants.get(slack_team_id)
    if tenant is None:
        return
    user = await office.users.get(user_id)
    if user.deleted:
        await office.doors.transact(tenant.keys, tenant.id, leaving.follow, user)
