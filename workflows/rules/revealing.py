"""What in a text may tell who wrote it: a help for people who want to stay unknown, looked at here and nowhere else.

Plain rules (reference/anonymity.md 3.10). They miss much and see what is not there, so the person is asked and decides.
Every pattern takes time that grows with the length of the text only: nothing repeats without a bound inside something
that repeats, and what may run long cannot begin in its own middle.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from workflows.rules.recipients import Recipient

_MONTHS: Final = (
    "january february march april june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec "
    "januar februar märz mai juni juli oktober dezember janvier février mars avril juin juillet août septembre octobre "
    "novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
    "janeiro fevereiro março maio junho julho setembro outubro dezembro gennaio febbraio aprile maggio giugno luglio "
    "settembre ottobre dicembre"
)
_DAYS: Final = (
    "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag "
    "sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo "
    "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira"
)
_WORK: Final = (
    "engineer designer developer analyst accountant recruiter researcher scientist moderator annotator translator "
    "interpreter driver courier nurse guard cleaner cook technician operator assistant secretary intern trainee "
    "apprentice student contractor freelancer consultant temp manager lead leader director head chief officer lawyer "
    "counsel member representative rep editor writer tester administrator admin salesperson agent specialist"
)
_NUMBERS: Final = "one two three four five six seven eight nine ten eleven twelve"
_MINE: Final = (
    "manager boss supervisor foreman team leader lead director head chief department division unit group shift crew "
    "colleague colleagues coworker coworkers co-worker co-workers mentor intern assistant reports squad project client"
)
_SAID: Final = (
    "told asked reported complained emailed e-mailed wrote said raised mentioned warned spoke messaged flagged "
    "escalated objected refused protested presented attended joined testified signed sent showed called"
)
_SELF: Final = (
    "wife husband partner boyfriend girlfriend child children son daughter mother father parents family pregnancy baby "
    "disability illness depression diagnosis surgery treatment religion faith accent hijab headscarf wheelchair visa "
    "passport nationality mosque church temple synagogue village hometown"
)
_AM: Final = (
    "pregnant disabled blind deaf gay lesbian trans transgender queer muslim christian jewish hindu sikh buddhist "
    "catholic black asian roma dalit widowed divorced vegetarian left-handed"
)


def _any(words: str) -> str:
    """Give a pattern that matches one of these words, the longest first."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(words.split(), key=len, reverse=True)) + ")"


_COUNT: Final = rf"(?:\d{{1,2}}|an?|{_any(_NUMBERS)}|several|many|almost \w{{1,10}}|over \w{{1,10}})"

_PATTERNS: Final[Mapping[str, tuple[str, ...]]] = {
    "email": (
        r"(?<![\w.+-])[\w.+-]{1,64}+@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}",
        r"\b[\w.+-]{1,64}+ ?[\[({] ?at ?[\])}] ?[\w-]{1,63}",
        r"\b[\w-]{1,64} at [\w-]{1,63} (?:dot|punkt|point|punto|ponto) [a-z]{2,6}\b",
    ),
    "handle": (
        r"(?<![\w@/.+-])@(?!(?:here|channel|everyone)\b)[a-z][\w.-]{1,40}",
        r"<@[uw]\w{2,20}",
        r"\b[uw]0(?=[a-z]{0,10}\d)[0-9a-z]{6,11}\b",
    ),
    "phone": (
        r"(?<![\w.,+])(?:\+|00)\d{1,3}(?:[ ().\-/]{0,3}\d){6,13}",
        r"(?<![\w.,+-])\(?0\d{1,4}\)?(?:[ .\-/]{0,2}\d){5,9}(?![\w,])",
        r"(?<![\w.,+-])\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?!\w)",
        r"(?<![\w.,+-])[6-9]\d{4}[ -]?\d{5}(?!\w)",
        r"\b(?:my|mobile|phone|whatsapp|signal|telegram) (?:phone )?(?:number|no\.?) (?:is|:)",
    ),
    "ids": (
        r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])",
        r"(?<![\w.])\d{3}\.\d{3}\.\d{3}-\d{2}(?!\w)",
        r"(?<!\w)[a-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[a-d](?!\w)",
        r"(?<!\w)[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,7}(?: ?[a-z0-9]{1,3})?(?!\w)(?<=\d)",
        r"(?<![\w.,-])\d{4}[ -]\d{4}[ -]\d{4}(?![\w,])",
        r"(?<![\w.,+-])\d{8,20}(?![\w.,])",
        r"\b(?:employee|staff|personnel|badge|payroll|student|passport|licence|license|contract|ticket|case|incident|"
        r"request|complaint)(?: (?:number|no\.?|id|nr\.?))? ?(?:is|:|#)? ?#?[a-z]{0,6}-?\d{2,12}\b",
        r"\b(?:personalnummer|matricule|legajo|matrícula|matricola|personnummer)\b[^.\n]{0,20}\d",
    ),
    "link": (
        r"\b(?:https?|ftp|slack)://",
        r"\bwww\.[\w-]",
        r"(?<![\w@.-])(?:[\w-]{1,63}\.){1,4}(?:com|org|net|io|dev|app|co|eu|gov|edu|de|fr|es|br|in|ke|uk)/[\w?#-]",
    ),
    "only": (
        r"\b(?:as|i am|i'm|i was|being|am) (?:the|one of the) (?:only|sole|first|last|few|two|three)\b",
        rf"\bthe only (?:{_any(_WORK)}|woman|man|person|one|female|male|non-binary|foreigner|parent)\b",
        r"\b(?:only|just) (?:i|me|the two of us|the three of us)\b(?! am)",
        r"\bnobody (?:else|but me)\b|\bno one (?:else|but me)\b",
        r"\b(?:como|soy|sou|era|eu sou) (?:la|el|a|o) (?:únic[ao]|primer[ao]|primeir[ao])\b",
        r"\b(?:als|bin|war) (?:die |der )?einzige[rs]?\b|\b(?:suis|étais|comme|étant) (?:le |la )?seule?\b",
        r"\b(?:sono|ero|come) (?:l'unic[ao]|il solo|la sola)\b",
    ),
    "manager": (
        rf"\b(?:my|our) (?:(?:direct|line|own|new|old|former|current|previous|team|shift|project|skip-level) ){{0,2}}"
        rf"{_any(_MINE)}\b",
        r"\bi (?:report|answer) to\b|\bmy one-on-one\b|\bmy (?:team|teammates|workplace|office|desk)\b",
        r"\b(?:mi|mis) (?:jef[ae]|supervisora?|equipo|compañer[ao]s?)\b",
        r"\b(?:meu|minha) (?:chefe|gerente|equipe|colegas?)\b",
        r"\b(?:mon|ma|mes|notre) (?:chef|cheffe|manager|responsable|supérieure?|équipe|collègues?)\b",
        r"\b(?:mein|meine|meinem|meiner|meinen|unser|unsere) "
        r"(?:chefin|chef|vorgesetzte[rn]?|teamleiter(?:in)?|abteilung|team|kolleg)",
        r"\b(?:il mio|la mia|i miei) (?:capo|responsabile|collegh[ie]|squadra)\b|\bmijn (?:baas|manager|team|collega)",
    ),
    "told": (
        rf"\b(?:i|we)(?:'ve|'d| have| had| did| also| already| once| then| first| personally| openly| never){{0,2}} "
        rf"{_any(_SAID)}\b",
        r"\bin my (?:\w{1,15} ){0,2}"
        r"(?:meeting|review|report|mail|email|e-mail|message|interview|1:1|talk|presentation)\b",
        r"\bich habe\b[^.!?\n]{0,60}\b(?:gesagt|gemeldet|geschrieben|gewarnt|berichtet|gefragt|erzählt)\b",
        r"\bj'(?:ai|avais) (?:\w{1,10} ){0,2}(?:dit|signalé|prévenu|écrit|demandé|parlé|alerté)\b",
        r"\b(?:le|les|se lo) dije\b|\b(?:avisé|informé|denuncié|conté|reporté) (?:a|al|esto)\b|\bya (?:lo )?dije\b",
        r"\beu (?:já )?(?:disse|avisei|falei|contei|reclamei|denunciei|escrevi)\b",
        r"\b(?:ho|avevo) (?:già )?(?:detto|scritto)\b",
    ),
    "moment": (
        r"(?<![\w:.,])(?:[01]?\d|2[0-3])[:h][0-5]\d(?![\w:])",
        r"(?<![\w:.,])(?:1[0-2]|0?\d) ?(?:a\.?m\.?|p\.?m\.?|o'clock|uhr)(?!\w)",
        r"(?<![\w./-])\d{1,2}([./-])\d{1,2}\1(?:20)?\d{2}(?![\w/-])",
        r"(?<![\w./-])20\d{2}([./-])\d{1,2}\1\d{1,2}(?![\w/-])",
        rf"(?<!\w)\d{{1,2}}(?:st|nd|rd|th|er|º|\.)?(?: of| de| di)? {_any(_MONTHS)}\b",
        rf"\b{_any(_MONTHS)}\.? (?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?![\w:%])(?! ?(?:%|percent|people|users|times))",
        r"\bmay (?:the )?\d{1,2}(?:st|nd|rd|th|, ?20\d\d)|(?<!\w)\d{1,2}(?:st|nd|rd|th)?(?: of)? may\b",
        r"\d{1,2} ?[月월] ?\d{1,2} ?[日일]",
        rf"\b(?:on|last|this|next|am|letzten|le|el|na|ce|este|pasado) {_any(_DAYS)}\b",
        rf"\b{_any(_DAYS)} (?:dernier|pasado|passada)\b",
        r"\b(?:yesterday|this morning|last night|tonight|today at|gestern|hier soir|ayer|ontem|ieri)\b",
    ),
    "tenure": (
        rf"\bi(?:'ve| have| had)? (?:been|worked|work)\b[^.!?\n]{{0,60}}\b(?:for|since) {_COUNT}\b",
        r"\bsince i (?:joined|started|came|was hired|moved)\b",
        r"\bi (?:only |just |recently )?(?:joined|started) (?:in|here|the|this|last|at|as|two|three)\b",
        rf"\b(?:after|in) (?:my )?{_COUNT} (?:years?|months?|weeks?) "
        r"(?:here|in this|at the company|with the company|on the job|of working)\b",
        r"\bmy (?:first|second|third|last|final) (?:day|week|month|year)\b",
        r"\bmy (?:probation|notice period|internship|exit interview)\b",
        r"\b(?:ich bin|ich arbeite) seit\b|\bje (?:suis|travaille) \w{1,12} depuis\b|\bdepuis que je\b",
        r"\b(?:trabajo|llevo) (?:\w{1,12} ){1,6}(?:años|meses)\b|\btrabalho \w{1,12} há\b|\blavoro qui da\b",
    ),
    "signature": (
        r"\b(?:my name is|i am called|call me|ich heiße|je m'appelle|me llamo|meu nome é|mi chiamo|"
        r"mijn naam is|jina langu ni)\b",
        r"(?:^|\n)[ \t]{0,4}(?:(?:best|kind|warm|many) )?(?:regards|wishes|sincerely|yours|cheers|signed|thanks|"
        r"mit freundlichen grüßen|viele grüße|cordialement|bien à vous|saludos|"
        r"atentamente|atenciosamente|abraços|cordiali saluti)"
        r"(?: truly| sincerely| faithfully)?[ \t]{0,4}[,.\n-][ \t\n]{0,4}\w",
        r"\n[ \t]{0,4}[-–—~][ \t]{0,3}\w{2,20}(?: \w{1,20}\.?)?[ \t]{0,4}\n?$",
    ),
    "role": (
        rf"\b(?:as|i am|i'm|i was|i work as) (?:an?|the|one of the) (?:[\w-]{{1,20}} ){{0,3}}{_any(_WORK)}\b",
        r"\bi (?:work|sit|am based|manage|run|lead|own|maintain|supervise) (?:in|on|for|at|the|with|a)\b",
        r"\bin my (?:role|job|position|capacity)\b|\bmy (?:job title|role|position) (?:is|as)\b",
    ),
    "personal": (
        rf"\bmy (?:(?:own|late|sick|first|little|older|younger) )?{_any(_SELF)}\b",
        rf"\b(?:i am|i'm|being|as an?) {_any(_AM)}\b",
        r"\b(?:my|on) (?:parental|maternity|paternity|sick|medical) leave\b",
        r"\bi (?:grew up|was born|come from|come originally)\b",
    ),
    "place": (
        r"\b(?:my|our) (?:desk|room|floor|office|workstation|locker|hotel|flight)\b",
        r"\b(?:meeting room|room|desk|gate|bay|seat|floor) (?:number |no\.? )?[a-z]?\d[\w.-]{0,6}",
        r"\bon the (?:\d{1,2}(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|top|ground) floor\b",
        r"\b(?:sitting|sat|sit|standing) (?:next to|opposite|behind|across from)\b",
    ),
}
# A text in small letters has no ß.
_RULES: Final = {
    kind: tuple(re.compile(each.replace("ß", "ss")) for each in patterns) for kind, patterns in _PATTERNS.items()
}
OWN: Final = "own"
"""The sender's own name. Nobody behind the edge could look for it, so the edge does (`own_name`)."""
KINDS: Final = (OWN, *_RULES)
"""Every kind of thing that is found, in the order in which it is told. Words for each: labels `reveals_*`."""

_NAMED: Final = re.compile(
    r"\b(?:I am|I'm|I’m) [A-ZÀ-Þ][a-zß-ÿ]{2,20}(?: [A-ZÀ-Þ][a-zß-ÿ]{1,20}\b|[,.]? (?:from|and I)\b)"
)
"""Somebody who says who they are. Capital letters matter here, so it looks at the text as it was written."""

_SAME: Final = {ord("’"): "'", ord("ʼ"): "'", **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"), None)}
_SPACES: Final = re.compile(r"[ \t]+")
_WORD: Final = re.compile(r"[^\W_]+")
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Writing in which a name may stand without a space beside it."""
_SHORTEST: Final = 3
_NO_NAMES: Final = frozenset(
    "and the for von van der den del dos das mrs miss prof chair head lead chief human rights officer manager director "
    "counsel ombuds ombudsman ombudswoman ombudsperson works council audit committee board member company legal people "
    "team group office external internal independent ethics compliance safety security deputy president secretary "
    "representative human-rights".split()
)


def found(text: str, *, own: bool = False) -> tuple[str, ...]:
    """Give which kinds of things in a text may tell who wrote it, each once, in the order of `KINDS`.

    `own`: the edge saw the sender's own name in it.
    """
    plain = _plain(text)
    kinds = {kind for kind, rules in _RULES.items() if any(rule.search(plain) for rule in rules)}
    if _NAMED.search(text):
        kinds.add("signature")
    if own:
        kinds.add(OWN)
    return tuple(kind for kind in KINDS if kind in kinds)


def names(text: str, recipients: Sequence[Recipient]) -> tuple[str, ...]:
    """Give the ids of recipients who seem to be named in a text, so that its writer can be asked to leave them out.

    One part of a name is enough, in any case and without its accents, alone, in a handle or in an address.
    """
    words, letters = frozenset(_words(text)), _folded(text)
    return tuple(each.id for each in recipients if _is_in(each, words, letters))


def own_name(text: str, known: Sequence[str]) -> bool:
    """Whether an id, a user name or a name of whoever wrote a text stands in it, whole or a part of it.

    Only the edge knows those (`known`), and only the answer leaves it. A part has three letters or more; digits after
    it may be missing, and case and accents make no difference.
    """
    letters = _folded(text)
    found_words = _WORD.findall(letters)
    words, line = frozenset(found_words), f" {' '.join(found_words)} "
    return any(_is_written(each, words, line, letters) for each in known)


def _is_written(name: str, words: frozenset[str], line: str, letters: str) -> bool:
    all_parts = _words(name)
    parts = [part for part in all_parts if part not in _NO_NAMES]
    if parts and len("".join(all_parts)) >= _SHORTEST and f" {' '.join(all_parts)} " in line:
        return True
    shorter = [part.rstrip(string.digits) for part in parts]
    return any(_stands_in(part, words, letters) for part in (*parts, *shorter) if _is_long(part))


def _is_in(recipient: Recipient, words: frozenset[str], letters: str) -> bool:
    if recipient.person.casefold() in words:
        return True
    parts = [part for part in _words(recipient.name) if part not in _NO_NAMES]
    return any(_stands_in(part, words, letters) for part in parts if _is_long(part))


def _stands_in(part: str, words: frozenset[str], letters: str) -> bool:
    return part in letters if _UNSPACED.search(part) else part in words


def _is_long(part: str) -> bool:
    return len(part) >= (2 if _UNSPACED.search(part) else _SHORTEST)


def _words(text: str) -> list[str]:
    return _WORD.findall(_folded(text))


def _folded(text: str) -> str:
    """Give a text in small letters without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _plain(text: str) -> str:
    """Give a text as the patterns want it: small letters, one kind of apostrophe, single spaces."""
    same = unicodedata.normalize("NFKC", text).casefold().translate(_SAME)
    return _SPACES.sub(" ", same)
