"""What was seen of a service, with what it means: the one judgement, in words for a person."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from kestra_provision.facts.health import Answer, HostHealth, ServiceHealth
from kestra_provision.stack.question import Meaning, Question, filled
from kestra_provision.stack.service import Service
from kestra_provision.stack.stack import Stack
from kestra_provision.text.next_command import NextCommand


@dataclass(frozen=True)
class Judged:
    """One question and its answer.

    + question: None for whether the container is Up at all
    + meaning: with every `{word}` of cause and fix filled in
    + detail: of the answer; where it is fine, what to say then
    """

    question: Question | None
    word: str
    meaning: Meaning
    detail: str

    @property
    def ok(self) -> bool:
        return self.meaning.ok


@dataclass(frozen=True)
class Judge:
    """Judges the services of one host.

    + host: its name in the inventory
    + commands: with the inventory in use
    + stale: secrets that are about to be others; what was asked with them is left out
    """

    stack: Stack
    seen: HostHealth
    host: str
    commands: NextCommand
    stale: Collection[str] = ()

    def of(self, service: Service) -> Iterator[Judged]:
        """Container and questions of a service in turn; a bad look is the last one.

        What comes after it was not asked, or would only show its effect. Logins, which a look does
        not tell, say nothing of each other.
        """
        seen = self.seen[service.name]
        failed, meaning = service.meaning(seen.word)
        if failed is None and not meaning.ok:
            yield self._bad(service, None, seen.word, meaning, seen.detail)
            return
        yield Judged(None, seen.word, Meaning(ok=True), f"{service.container} is Up")
        for question in service.questions:
            if question.secret in self.stale:
                continue
            judged = self._question(service, question, seen, failed, meaning)
            yield judged
            if not (judged.ok or question.asks):
                return

    def trouble(self, service: Service) -> str:
        """What is the matter with a service that this one needs, in a phrase; empty for nothing."""
        for need in service.needs:
            word = self.seen[need].word
            if not self.stack[need].meaning(word)[1].ok:
                return f"{self.stack[need].title} is {word}"
        return ""

    def fill(self, text: str, service: Service, because: str = "") -> str:
        """`text` with what a meaning may name."""
        return filled(text, {**self._words(service), "because": because})

    def _question(
        self,
        service: Service,
        question: Question,
        seen: ServiceHealth,
        failed: Question | None,
        meaning: Meaning,
    ) -> Judged:
        if question is failed:
            return self._bad(service, question, seen.word, meaning, seen.detail)
        if not question.asks:
            return Judged(question, seen.word, Meaning(ok=True), question.fine or seen.detail)
        # Without an answer nothing is proven.
        answer = seen.answers.get(question.name, Answer("unknown", "the host did not tell"))
        found = question.meanings.get(answer.word, Meaning(fix="{deploy}"))
        if found.ok:
            return Judged(question, answer.word, found, question.fine or answer.detail)
        return self._bad(service, question, answer.word, found, answer.detail)

    def _bad(
        self, service: Service, question: Question | None, word: str, meaning: Meaning, detail: str
    ) -> Judged:
        because = self.trouble(service)
        if because and meaning.effect:
            meaning = replace(meaning, cause=meaning.effect.cause, fix=meaning.effect.fix)
        return Judged(
            question,
            word,
            replace(
                meaning,
                cause=self.fill(meaning.cause, service, because),
                fix=self.fill(meaning.fix, service, because),
            ),
            detail,
        )

    def _words(self, service: Service) -> Mapping[str, str]:
        ask_for = [] if service.name == self.stack.main.name else ["--service", service.name]
        return {
            "container": service.container,
            "deploy": self.commands.deploy("--limit", self.host),
            "start": self.commands.day_two("start", self.host),
            "doctor": self.commands.day_two("doctor", self.host),
            "logs": self.commands.day_two("logs", self.host, *ask_for),
            "its_logs": self.commands.day_two("logs", self.host, "--service", service.name),
        }


def sentence(container: str, word: str, detail: str) -> str:
    """A service that is not well, as every report says it."""
    return f"{container} is {word}: {detail}"
