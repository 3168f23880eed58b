"""Take personal data out of text before it is published, and make it safe to open in a spreadsheet.

The rules, in the order in which they apply (docs/data-dictionary.md says the same to the reader):

1. Everywhere: e-mail addresses become [e-mail address], telephone numbers [telephone number], but for helplines.
2. Everywhere: a name behind a courtesy title ("Dame ..."), beside a role ("..., Chief Executive") or before an address
   that was taken out becomes [name].
3. In quotations on approval or signature: every run of two or more name-like words becomes [name], unless it is
   part of the organisation's own name, ends in a word of legal form or consists of words of the trade ("Board",
   "Modern Slavery"). Here the rule would rather take out a place name than leave a person in.

Limits: a first name alone, a name written in lower case, and a name in running text with neither title nor role
beside it are not recognised. Roles stay: who signs as what is the point of section 54(6).
"""

from __future__ import annotations

import re

EMAIL = re.compile(r"[\w.+'’-]+\s?@\s?[\w-]+(?:\.[\w-]+)+")
# Numbers that begin with 03 or 08 are helplines and switchboards, and evidence of a way to raise a concern: they stay.
_PHONE = re.compile(
    r"(?<![\w/.-])(?!\(?0[38]|\+44\s?(?:\(0\)\s?)?[38])(?:\+\d{1,3}|\(?0\d{2,4}\)?)[\s().-]*\d(?:[\s().-]?\d){5,10}(?![\w/-])"
)
_FEWEST_DIGITS = 9  # no telephone number has fewer
_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACE = re.compile(r"\s+")
# What a list item begins with, and what a spreadsheet would take for a formula.
_BULLET = re.compile(r"^(?:[-–—•*+▪●o·]\s+)+(?=\w)")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ROLES = _words("""
    accountable administrator affairs agent audit authority board business chair chairman chairperson
    chairwoman chancellor chief clerk colleagues commercial commissioner committee company compliance
    constable corporate council councillor counsel delegated deputy designated director directors division
    employees executive executives finance financial founder general global governance governing governor
    governors group head human independent interim joint lead leader legal managing manager member members
    mayor non officer officers operating operations owner partner partners people president principal
    procurement provost purchasing quality regional registrar representative resources responsible risk
    secretary senior shareholder signatory signed sourcing statutory supply sustainability technical
    technology treasurer trustee trustees vice warden ceo cfo coo cto cio cpo gc hr md svp evp vp
""")
_FORMS = _words("""
    limited ltd plc llp lp inc incorporated corporation corp company co gmbh ag sa nv bv holdings group
    trust council university college association society foundation partnership authority constabulary
    police charity ab oy as spa srl sarl kg se pty llc
""")
_OTHER = _words("""
    a about act acts all also an and annual anti any approval approve approved approves are as at behalf
    been business by care chain chains code commercial conduct date dated documents during each ended ending
    english ethical ethics financial first following for from full great has have
    home human i if in information is isle it its kingdom labour last law made make modern name no
    northern not note notes of office on our part plan policies policy print printed procurement publication
    published report reporting reports review reviewed right rights safety section sections sign
    signature slavery signed social south north east west staff standards state statement statements states
    strategy suppliers supplier supply that the their these they this title to trafficking transparency
    trading united us was we were which whilst will with year years january february march april
    may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov
    dec monday tuesday wednesday thursday friday saturday sunday st nd rd th fy pursuant constitutes
    abuse act action actions ahead assessment assessments assurance authorisation authorised awareness background
    chain collaboration commitment commitments communication communications continuous declaration diligence due
    effectiveness engagement environmental executives expectations forced forward foreword framework further future
    goals grievance guidance human improvement indicators internal introduction investigation leadership
    looking management mapping measures mitigation modern monitoring next objectives operational organisation
    organisational organisations our overview partnership performance practice practices principles procedure
    procedures process processes progress protocols raising recruitment reference remediation remedy requirements
    responsibilities responsibility risks scope screening senior services sign-off speak steps structure summary
    support team teams training values whistleblowing working workforce workers
    position digitally docusign envelope id property document signatory signatures dear sincerely
    accordance subsidiary subsidiaries parent entities entity including covers
""")
_KEPT = _ROLES | _FORMS | _OTHER
_PLACES = _words(
    "uk gb usa eu emea europe european ireland scotland wales england britain british international"
)
_MOST_WORDS_OF_A_BODY = 3

_NAME_WORD = r"(?:[A-Z]\.?(?=[\s.]|$)|(?:Mc|Mac|O['’]|D['’])?[A-ZÀ-Þ][a-zß-ÿ]+(?:['’-][A-ZÀ-Þ][a-zß-ÿ]+)*|[A-ZÀ-Þ]{2,}(?:['’-][A-ZÀ-Þ]{2,})*)"
_PARTICLE = r"(?:de|da|del|della|di|du|la|le|van|von|der|den|ter|bin|al|el|ap|dos)"
_RUN = re.compile(rf"{_NAME_WORD}(?:[ .]+(?:{_PARTICLE} +){{0,2}}{_NAME_WORD})*")
_WORD_NEXT = re.compile(r"\W?(\w+)")
_TITLES = (
    "Mr",
    "Ms",
    "Miss",
    "Mx",
    "Dr",
    "Prof",
    "Sir",
    "Dame",
    "Lord",
    "Lady",
    "Baroness",
    "Rev",
    "Cllr",
    "Councillor",
)
_TITLED = re.compile(
    rf"\b((?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|Lord|Lady|Baroness|Rev|Reverend|Cllr|Councillor)\.?)\s+"
    rf"({_NAME_WORD}(?:[ .]+(?:{_PARTICLE} +){{0,2}}{_NAME_WORD}){{0,3}})"
)
_ROLE_NOUNS = (
    "CEO", "CFO", "COO", "CPO", "MD", "Director", "Chair", "Chairman", "Chairwoman", "Chairperson", "President",
    "Partner", "Secretary", "Trustee", "Head", "Manager", "Officer", "Executive", "Commissioner", "Constable",
    "Principal", "Treasurer", "Counsel", "Founder", "Owner", "Mayor", "Chancellor",
)  # fmt: skip
_ROLE = (
    r"(?:(?:Group|Chief|Deputy|Managing|Executive|Non-Executive|Senior|Interim|Joint|Global|Vice|General)\s+)*"
    rf"(?:{'|'.join(_ROLE_NOUNS)})"
)
# Looked for first, since they cost a tenth of what follows. Words that begin with another one are found with it.
_ANY_TITLE = re.compile("|".join(_TITLES)).search
_ANY_ROLE = re.compile("|".join(_ROLE_NOUNS)).search
_ANY_TITLE_OR_ROLE = re.compile("|".join((*_TITLES, *_ROLE_NOUNS))).search
# Letters of English and the punctuation within sentences, behind a letter: nothing in it is a control character, a part
# of an address or of a number, or what a spreadsheet would take for a formula. True of three in four sentences.
_PLAIN_LETTERS = re.compile(r"[A-Za-z][A-Za-z ,.;:()'/%&’‘“”£–-]*").fullmatch
# A name, a comma, dash or bracket, then a role; or a role, a comma or colon, then a name.
_NAME_BEFORE_ROLE = re.compile(
    rf"({_RUN.pattern})(?=(?:\s*[,(|:]\s*|\s+[-–—]\s+)(?:the |our |as )?(?:\w+ ){{0,2}}?{_ROLE}\b)"
)
_NAME_AFTER_ROLE = re.compile(
    rf"(\b{_ROLE}(?: of [A-Z]\w+(?:(?: and| &)? [A-Z]\w+){{0,3}})?(?:\s*[,:]\s*|\s+[-–—]\s+))({_RUN.pattern})"
)
_NAME_BEFORE_CONTACT = re.compile(
    rf"({_RUN.pattern})(?=\s*[(,:–-]?\s*(?:at |on |by )?\[(?:e-mail|telephone))"
)
_SIGNED_BY = re.compile(rf"(?i:(\b(?:signed(?:\s+by)?|signature|name)\s*[:\-–—]?\s+))({_RUN.pattern})")
# A surname that a line break has cut off from its first name: "Doe Chief Executive".
_SURNAME_FIRST = re.compile(
    rf"^([A-Z][\w'’-]+)(?=,? (?:Title\b|Chief |Managing |Company Secretary\b|{_ROLE}\b))"
)


def clean(text: str | None) -> str | None:
    """Strip control and direction characters, join white space, redact contact details, defuse formulas.

    A leading list bullet goes; text that still begins with = + - @ gets an apostrophe in front, since Excel and
    Calc run such cells of a CSV file as formulas. For every published column that holds someone else's words.
    """
    if text is None:
        return None
    return _defuse(_contacts(_plain(text)))


def clean_url(url: str | None) -> str | None:
    """An http or https address without spaces, control characters or an e-mail address; None for anything else."""
    if url is None:
        return None
    # Of white space only the space is printable.
    is_plain = url.isprintable() and " " not in url
    plain = url if is_plain else _SPACE.sub("%20", _CONTROL.sub("", url).strip())
    if not plain.lower().startswith(("http://", "https://")):
        return None
    return EMAIL.sub("[e-mail address]", plain) if "@" in plain else plain


def redact_quotation(text: str, organisation: str, *, signatory: bool) -> str:
    """Return a quotation as it may be published.

    `signatory` says that it is evidence of approval or signature, where any name is probably a person's.
    """
    if not signatory:
        return redact_sentence(text)
    return _defuse(_names(_beside_titles_and_roles(_contacts(_plain(text))), organisation))


def redact_sentence(text: str) -> str:
    """Return a quotation that is no evidence of approval or signature as it may be published."""
    if _is_harmless(text):
        return text
    return _defuse(_beside_titles_and_roles(_contacts(_plain(text))))


def _is_harmless(text: str) -> bool:
    """Whether no rule can change the text, told in a third of the time that it takes to apply them."""
    return (
        _PLAIN_LETTERS(text) is not None
        and _ANY_TITLE_OR_ROLE(text) is None
        and "  " not in text
        and text[-1] != " "
    )


def _plain(text: str) -> str:
    if not text.isprintable():  # most text is, and the test costs a tenth of the search
        text = _CONTROL.sub("", text)
    elif "  " not in text and text[:1] != " " != text[-1:]:  # of white space only the space is printable
        return text
    return " ".join(text.split())


def _contacts(text: str) -> str:
    if "@" in text:
        text = EMAIL.sub("[e-mail address]", text)
    if len(text.encode(errors="replace").translate(None, _NO_DIGITS)) >= _FEWEST_DIGITS:  # the search is dear
        text = _PHONE.sub("[telephone number]", text)
    return text


def _defuse(text: str) -> str:
    if text[:1].isalnum():
        return text
    text = _BULLET.sub("", text)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _beside_titles_and_roles(text: str) -> str:
    if text[1:].islower():  # no name without a capital letter
        return text
    if "[" in text:
        text = _NAME_BEFORE_CONTACT.sub(lambda match: _person(match[1]), text)
    if _ANY_TITLE(text):
        text = _TITLED.sub(lambda match: f"{match[1]} [name]", text)
    if _ANY_ROLE(text):
        text = _NAME_BEFORE_ROLE.sub(lambda match: _person(match[1]), text)
        text = _NAME_AFTER_ROLE.sub(lambda match: match[1] + _person(match[2]), text)
    return text


def _person(run: str) -> str:
    """The run as [name] where it reads as a person's: two to four words, none of them a word of the trade."""
    words = run.split()
    is_person = 2 <= len(words) <= 4 and not any(_bare(word) in _KEPT for word in words)
    return "[name]" if is_person else run


def _names(text: str, organisation: str) -> str:
    text = _SURNAME_FIRST.sub(lambda match: match[1] if _bare(match[1]) in _KEPT else "[name]", text)
    text = _SIGNED_BY.sub(
        lambda match: match[1] + _without_names(match[2], match.end(2), text, organisation, 1), text
    )
    return _RUN.sub(lambda match: _without_names(match[0], match.end(), text, organisation, 2), text)


def _without_names(run: str, end: int, text: str, organisation: str, least: int) -> str:
    """Replace the stretches of `run` between words of the trade that have at least `least` words."""
    parts: list[str] = []
    stretch: list[str] = []
    words = run.split()
    for word, follows in zip(words, [*map(_bare, words[1:]), _next_word(text, end)], strict=True):
        bare = _bare(word)
        if bare in _FORMS and follows not in _ROLES:
            parts += [*_as_body(stretch), word]
            stretch = []
        elif bare in _KEPT:
            parts += [*_as_name(stretch, organisation, least), word]
            stretch = []
        else:
            stretch.append(word)
    is_body = _next_word(text, end) in _FORMS  # "... Energy plc": a legal form in lower case ends the run
    return " ".join([*parts, *(_as_body(stretch) if is_body else _as_name(stretch, organisation, least))])


def _as_body(stretch: list[str]) -> list[str]:
    """The words before a legal form: a body's name, unless so many that a person's may stand in front of it."""
    return (
        stretch
        if sum(_bare(word) not in _PLACES for word in stretch) <= _MOST_WORDS_OF_A_BODY
        else ["[name]"]
    )


def _as_name(stretch: list[str], organisation: str, least: int) -> list[str]:
    name = [word for word in stretch if _bare(word) not in _PLACES]
    if len(name) < least or " ".join(name).casefold() in organisation.casefold():
        return stretch
    return ["[name]"]


def _next_word(text: str, end: int) -> str:
    match = _WORD_NEXT.match(text, end)
    return match[1].casefold() if match else ""


def _bare(word: str) -> str:
    return word.strip(".,;:'’").casefold()
