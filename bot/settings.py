"""The environment, read once into one frozen object. What is wrong is said by the variable's name, never its value."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from storage.crypto import Keys, SealError
from storage.keystore import FOLDER as KEYSTORE

SLACK_API = "https://slack.com/api/"
LEASE_FOLD = 2.5
"""An attempt may ask Slack about the owner and then post: two time-outs, and room for the rest."""

TOKEN_LEAST = 16
"""A shorter token could be guessed."""


class SettingsError(Exception):
    """A setting is missing or cannot be used; the message names the variable."""


class Settings(BaseSettings):
    """Everything that can be set from outside. Secrets never print."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_api_url: str = SLACK_API
    hrdd_database_url: str = ""
    hrdd_data_dir: Path = Path("data")
    hrdd_policy: Path = Path("policy.yaml")
    hrdd_host: str = "127.0.0.1"
    hrdd_port: int = 3000
    hrdd_threads: int = 16
    hrdd_lease_seconds: float = 25.0
    hrdd_slack_timeout: int = 7
    hrdd_channel_seconds: float = 1.0
    hrdd_poll_seconds: float = 1.0
    hrdd_seal_key: SecretStr | None = None
    hrdd_signal_token: SecretStr | None = None
    hrdd_keystore: Path | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.slack_api_url.startswith(("http://", "https://")):
            raise ValueError("SLACK_API_URL must start with http:// or https://")
        if not 0 <= self.hrdd_port <= 65535:
            raise ValueError("HRDD_PORT must be a port number")
        if not 2 <= self.hrdd_threads <= 256:
            raise ValueError("HRDD_THREADS must be between 2 and 256")
        self._check_times()
        if self.hrdd_signal_token and len(self.hrdd_signal_token.get_secret_value()) < TOKEN_LEAST:
            raise ValueError(f"HRDD_SIGNAL_TOKEN must have at least {TOKEN_LEAST} characters")
        try:
            self.seal_keys()
        except SealError as error:
            raise ValueError(str(error)) from None
        return self

    def _check_times(self) -> None:
        """A lease that ends while Slack may still answer would have somebody else begin the same message."""
        if not 1 <= self.hrdd_slack_timeout <= 60:
            raise ValueError("HRDD_SLACK_TIMEOUT must be between 1 and 60 seconds")
        if not LEASE_FOLD * self.hrdd_slack_timeout <= self.hrdd_lease_seconds <= 3600:
            raise ValueError("HRDD_LEASE_SECONDS must be at least 2.5 times HRDD_SLACK_TIMEOUT, and at most an hour")
        if not 0 <= self.hrdd_channel_seconds <= 60:
            raise ValueError("HRDD_CHANNEL_SECONDS must be between 0 and 60")
        if not 0.02 <= self.hrdd_poll_seconds <= 10:
            raise ValueError("HRDD_POLL_SECONDS must be between 0.02 and 10")

    @property
    def lease(self) -> timedelta:
        """How long a job has before another does its work."""
        return timedelta(seconds=self.hrdd_lease_seconds)

    @property
    def pace(self) -> timedelta:
        """How far apart messages to one recipient are."""
        return timedelta(seconds=self.hrdd_channel_seconds)

    @property
    def api_url(self) -> str:
        """The base of the Slack Web API, with the trailing slash that its client needs."""
        return self.slack_api_url.rstrip("/") + "/"

    @property
    def database_url(self) -> str:
        """Where records are kept: the given address, or an SQLite file in the data folder."""
        return self.hrdd_database_url or f"sqlite:///{(self.hrdd_data_dir / 'hrdd.db').resolve()}"

    @property
    def keystore(self) -> Path:
        """The folder of the keys of anonymous reports: never in the database, nor in its backups."""
        return self.hrdd_keystore or self.hrdd_data_dir / KEYSTORE

    def seal_keys(self) -> Keys:
        """Where the keys of sealed names are. Beside an SQLite file there is a file of one's own; replicas share none.

        Raises SealError where HRDD_SEAL_KEY cannot be used.
        """
        given = self.hrdd_seal_key.get_secret_value() if self.hrdd_seal_key else ""
        return Keys(given, self.hrdd_data_dir if self.database_url.startswith("sqlite") else None)

    @property
    def socket_mode(self) -> bool:
        """Whether events come over a socket that we open, rather than over signed HTTP."""
        return self.slack_app_token is not None

    def secret(self, name: str) -> str:
        """Give a secret that this command needs. Raises SettingsError naming the variable when it is not set."""
        value: SecretStr | None = getattr(self, name)
        if value is None or not value.get_secret_value():
            raise SettingsError(f"{name.upper()} is not set. Nothing was started; see README, real workspace.")
        return value.get_secret_value()


def read_settings() -> Settings:
    """Read the environment. Raises SettingsError with one sentence naming the variable."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name or 'The environment'}: {first['msg']}. Nothing was started.") from None
