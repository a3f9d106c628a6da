"""What the operator decides outside the program: the environment, read once and checked. No rule of the work stands here."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

SLACK_API = "https://slack.com/api/"
LARGEST_SETTING = 65_536
SECRETS = frozenset(
    {"slack_bot_token", "slack_signing_secret", "noted_database_url", "noted_migration_database_url"},
)


class SettingsError(Exception):
    """The environment is not usable; `problems` holds one sentence each that says what to do, and no value of a secret."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class Stage(StrEnum):
    """Where this process runs. Development allows what would be a risk elsewhere."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"


class _Environment(PydanticBaseSettingsSource):
    """Reads each X from the environment, or from the file that X_FILE names. All that is wrong is told at once."""

    def __init__(self, settings_cls: type[BaseSettings], environ: Mapping[str, str]) -> None:
        super().__init__(settings_cls)
        self._environ = environ

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[str | None, str, bool]:
        """The text of one setting, or None where it is not set. An empty variable counts as not set."""
        name = field_name.upper()
        value, path = self._environ.get(name, "").strip(), self._environ.get(f"{name}_FILE", "").strip()
        if value and path:
            raise SettingsError((f"Set {name} or {name}_FILE, not both.",))
        if path:
            value = content(Path(path), f"{name}_FILE", secret=field_name in SECRETS)
        return value or None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """All settings found; those given to the constructor are not looked up."""
        found: dict[str, Any] = {}
        problems: list[str] = []
        for field_name, field in self.settings_cls.model_fields.items():
            if field_name in self.current_state:
                continue
            try:
                value, _, _ = self.get_field_value(field, field_name)
            except SettingsError as error:
                problems.extend(error.problems)
                continue
            if value is not None:
                found[field_name] = value
            elif field.is_required():
                problems.append(_missing(field_name))
        if problems:
            raise SettingsError(tuple(problems))
        return found


class StoreSettings(BaseSettings):
    """Where the records and their keys are, and how others reach us: all that the offline commands need. Secrets show themselves only when asked."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    environ: ClassVar[Mapping[str, str]] = os.environ

    noted_database_url: SecretStr = SecretStr("sqlite:///var/noted.sqlite3")
    noted_migration_database_url: SecretStr | None = None
    noted_kek_uri: str = Field(default="file:var/kek", pattern=r"^[a-z]+:.+")
    noted_public_url: str | None = Field(default=None, pattern=r"^https?://[^/\s?#@]+(/[^\s?#]*)?$")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What the constructor is given first, then the environment; no .env file, so that no secret is picked up by chance."""
        return init_settings, _Environment(settings_cls, cls.environ)

    @classmethod
    def load(cls, **given: object) -> Self:
        """The settings of this environment; `given` stands before it.

        Errors: SettingsError, with one sentence per problem.
        """
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            found = error.errors(include_input=False, include_context=False, include_url=False)
            problems = tuple(
                _sentence(str(each["loc"][0]) if each["loc"] else "", each["type"], each["msg"]) for each in found
            )
        raise SettingsError(problems)

    @field_validator("noted_database_url", "noted_migration_database_url")
    @classmethod
    def _known_database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(
            ("sqlite:", "postgresql:", "postgresql+psycopg:")
        ):
            raise PydanticCustomError("database", "")
        return value


class Settings(StoreSettings):
    """The settings of a process that speaks with Slack."""

    slack_bot_token: SecretStr
    slack_signing_secret: SecretStr
    slack_api_url: str = SLACK_API
    noted_env: Stage = Stage.PRODUCTION
    noted_bind: str = Field(default="127.0.0.1:3000", pattern=r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$")

    @property
    def host(self) -> str:
        """The address to listen on, without the port."""
        return self.noted_bind.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on; 0 lets the system choose."""
        return int(self.noted_bind.rpartition(":")[2])

    @field_validator("slack_bot_token", "slack_signing_secret")
    @classmethod
    def _not_empty(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().strip():
            raise PydanticCustomError("empty", "")
        return value

    @field_validator("noted_bind")
    @classmethod
    def _real_port(cls, value: str) -> str:
        if int(value.rpartition(":")[2]) > 65_535:
            raise PydanticCustomError("port", "")
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _one_slash(cls, value: str) -> str:
        return value.rstrip("/") + "/"

    @model_validator(mode="after")
    def _only_slack_itself(self) -> Self:
        if self.slack_api_url != SLACK_API and self.noted_env is not Stage.DEVELOPMENT:
            raise PydanticCustomError("other_slack", "")
        return self


_SENTENCES = {
    "slack_bot_token": "Set SLACK_BOT_TOKEN to the bot token of the installed app; it starts with xoxb-.",
    "slack_signing_secret": "Set SLACK_SIGNING_SECRET to the signing secret on the app's Basic Information page.",
    "slack_api_url": "Set SLACK_API_URL to an address, or leave it out.",
    "noted_env": "Set NOTED_ENV to production or development.",
    "noted_database_url": "Set NOTED_DATABASE_URL to sqlite:///PATH or postgresql://USER@HOST/NAME.",
    "noted_migration_database_url": "Set NOTED_MIGRATION_DATABASE_URL to sqlite:///PATH or postgresql://OWNER@HOST/NAME.",
    "noted_kek_uri": "Set NOTED_KEK_URI to where the key lies, for example file:var/kek.",
    "noted_bind": "Set NOTED_BIND to HOST:PORT, for example 127.0.0.1:3000; the port is at most 65535.",
    "noted_public_url": "Set NOTED_PUBLIC_URL to the address that others see, for example https://noted.example.org.",
    "": f"SLACK_API_URL is not Slack's own address ({SLACK_API}): leave it out, or set NOTED_ENV=development.",
}


def _missing(field_name: str) -> str:
    name = field_name.upper()
    return f"{_SENTENCES[field_name]} {name}_FILE may name a file that holds it."


def _sentence(field_name: str, kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return f"There is no setting called {field_name.upper()}."
    return _SENTENCES.get(field_name, message)


def content(path: Path, name: str, *, secret: bool) -> str:
    """The stripped text of a settings file. The open file is examined, not its name, so that nobody can change it between."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(LARGEST_SETTING + 1) if stat.S_ISREG(mode) else b""
    except OSError:
        raise SettingsError((f"{name} names a file that cannot be read: check the path and its owner.",)) from None
    if not stat.S_ISREG(mode):
        raise SettingsError((f"{name} must name a regular file.",))
    if secret and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError((f"{name} names a file that others can read: run chmod 600 on it.",))
    try:
        text = content.decode().strip()
    except UnicodeDecodeError:
        text = ""
    if not text or len(content) > LARGEST_SETTING:
        raise SettingsError((f"{name} must name a text file that holds the value and nothing else.",))
    return text
