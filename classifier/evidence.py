"""What an evidence sentence is worth: done, planned or denied; specific or vague; or no sentence at all."""

from __future__ import annotations

import re
from collections.abc import Mapping

DONE, PLANNED, DENIED = "done", "planned", "denied"

# --- Status ---------------------------------------------------------------------------------------------------------

# "We will continue to audit" and "we will end contracts with those who ..." are standing practice, not plans.
STANDING = re.compile(
    r"\b(will|shall) (always|not|never|only|continue|also continue|immediately|terminate|investigate|take (action|appropriate|immediate))\b|\bcontinu(e|es|ing) to\b|will not tolerate",
    re.I,
)
PLAN = re.compile(
    r"\b(we|it|the (company|group|trust|organisation|board|team)|which|who|that|and|are|is|are also) (\w+ )?(plans?|intends?|aims?|propos(e|es)) to\b|\b(plan(s|ned|ning)?|intend(s|ed|ing)?|due|scheduled|hop(e|es|ing)|expect(s|ed)? to) (to )?(be )?(introduce|roll|launch|develop|implement|extend|complete|start|begin|review|carry|train|provide|create|establish|publish|conduct|undertake)\w*|"
    r"\b(will|shall) be (\w+ )?(introduced|rolled out|launched|developed|implemented|extended|trained|completed|reviewed|created|established|published)\b|"
    r"\bit is (planned|intended|anticipated) (that|to)\b|\bto be (rolled out|introduced|launched|developed|delivered)\b|"
    r"\b(next|coming|forthcoming|following) (financial )?(year|12 months|twelve months)\b|\bby the end of 20\d\d\b|\bin the (near )?future\b|\b(going|looking) (forward|ahead)\b",
    re.I,
)
# The absence of a measure, not the absence of cases: "no incidents were reported" is an outcome, and never denied.
ABSENT = re.compile(
    r"\b(no|without) (\w+ ){0,2}(formal |specific |dedicated )?(polic(y|ies)|training|due diligence|risk assessments?|audits?|kpis?|performance indicators?|measures?|process(es)?|grievance|whistleblowing|steps?) (\w+ ){0,2}(has|have|is|are|was|were|had|in place|exists?|yet|been)\b|"
    r"\b(do|does|did|has|have|had|is|are|was|were)(n['’]t| not) (yet |currently |formally |specifically |at present |previously ){0,2}(have|had|provided?|offer(ed)?|carr(y|ied) out|conduct(ed)?|undertake|undertaken|undertook|implement(ed)?|assess(ed)?|train(ed)?|delivered?|set|measure|adopt(ed)?|maintain|audit(ed)?|review(ed)?|monitor(ed)?|performed?|developed?|require|been (provided|carried out|undertaken|conducted|assessed|trained|delivered|set|audited))\b",
    re.I,
)
INCIDENT = re.compile(
    r"\b(incidents?|instances?|cases?|breach\w*|reports? (of|made|received)|concerns?|complaints?|evidence|tolerate)\b",
    re.I,
)

# More likely than not; a list under "next steps" has no word of its own that says so, and the model reads the context.
PLANNED_SURE = 0.5
# measure_negative has too few examples (79 of 9,861 sentences) to decide alone; a pattern must agree or it be near sure.
DENIED_SURE, DENIED_WITH_PATTERN = 0.6, 0.02


def status_of(text: str, future: bool, p_future: float, p_negative: float) -> str:
    """Say whether a sentence tells of something done, planned, or denied.

    `future` is the model's decision on measure_future, the probabilities its view on measure_future and
    measure_negative. A disclosed incident, or that none was found, counts as done.
    """
    denies = bool(ABSENT.search(text)) and not INCIDENT.search(text)
    if p_negative >= DENIED_SURE or (denies and p_negative >= DENIED_WITH_PATTERN):
        return DENIED
    standing = bool(STANDING.search(text))
    if PLAN.search(STANDING.sub(" ", text)) or p_future >= PLANNED_SURE or (future and not standing):
        return PLANNED
    return DONE


# --- Specificity ----------------------------------------------------------------------------------------------------

DETAILS: Mapping[str, re.Pattern[str]] = {
    "a number": re.compile(
        r"(?<![\w.,/(-])(?!(?:19|20)\d\d\b)(?:£|\$|€)?\d[\d,.]*(?:%|\+|k|m|bn)?(?![\w/)-])|\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand)\b(?! (of|another|or))|per cent",
        re.I,
    ),
    "a date": re.compile(
        r"\b\d{1,2}(st|nd|rd|th)? (january|february|march|april|may|june|july|august|september|october|november|december)\b|\b(in|since|during|by|for) (\w+ )?(20[0-3]\d)\b|"
        r"\b(january|february|march|april|june|july|august|september|october|november|december)( 20\d\d)?\b",
        re.I,
    ),
    "a frequency": re.compile(
        r"\b(annual(ly)?|quarterly|monthly|weekly|daily|biannual(ly)?|bi-annual(ly)?|every (year|quarter|month|week|two|three|\d)|each (year|quarter|month)|once a|twice a|(six|three|twelve)[- ]monthly)\b",
        re.I,
    ),
    "a named standard or body": re.compile(
        r"\b(sedex|smeta|ecovadis|eti\b|ethical trading initiative|iso ?\d{4,5}|sa8000|glaa|gangmasters|unseen|stronger together|slave-?free alliance|global slavery index|brcgs|rainforest alliance|fairtrade|un global compact|"
        r"ungps?|guiding principles|oecd|ilo\b|international labour organi[sz]ation|constructionline|achilles|safecontractor|cips|msat|better cotton|base code|real living wage|safecall|navex|"
        r"modern slavery helpline|transparency international|global reporting initiative)",
        re.I,
    ),
    "a place": re.compile(
        r"\b(china|india|bangladesh|vietnam|turkey|türkiye|pakistan|thailand|malaysia|brazil|mexico|germany|france|spain|italy|poland|romania|bulgaria|ireland|usa|united states|canada|australia|netherlands|asia|africa|europe|"
        r"portugal|morocco|kenya|ghana|ethiopia|egypt|south africa|indonesia|cambodia|myanmar|philippines|sri lanka|nepal|japan|korea|taiwan|hong kong|singapore|uae|qatar|saudi arabia|ukraine|lithuania|latvia|hungary|czech|"
        r"peru|chile|colombia|argentina|new zealand|middle east|xinjiang|uyghur|wales|scotland|northern ireland)\b",
        re.I,
    ),
}  # fmt: skip
# Numbers that name a law, a section, a phone or a page say nothing on what was done.
LEGAL_NUMBER = re.compile(
    r"(modern slavery act|companies act|act|section|part|article|s\.) ?\(?(20\d\d|\d+(\(\d+\))*)\)?|"
    r"\b(tel|phone|call)\b[^a-z]*[\d ()+]{6,}|https?:\S+|www\.\S+|\bpage \d+|^\W*\d+(\.\d+)*[.)]?\s",
    re.I,
)


def details_in(text: str) -> tuple[str, ...]:
    """Return which kinds of checkable detail a sentence holds: the documented measure of specificity.

    Numbers, dates, frequencies, named standards or bodies, and places other than the United Kingdom as a whole;
    numbers of laws, sections, pages and telephones are left out.
    """
    plain = LEGAL_NUMBER.sub(" ", text)
    return tuple(name for name, pattern in DETAILS.items() if pattern.search(plain))


# --- No sentence at all ---------------------------------------------------------------------------------------------

CONTENTS_LINE = re.compile(
    r"\.{4,}\s*\d*\s*$|(\. ){4,}|^\W*(table of )?contents\b|^\W*\d+(\.\d+)*\s+\D{3,80}\s\d{1,3}\s*$", re.I
)
PAGE_LINE = re.compile(r"^\W*(page )?\d{1,3}( ?(of|/|\|) ?\d{1,3})?\W*$", re.I)
CONTACT = re.compile(
    r"https?:\S+|www\.\S+|\S+@\S+|\+?\d[\d ()-]{8,}\d|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\b(registered (office|number|in)|tel|telephone|fax|email|e-mail|vat|company (no|number|registration))\b",
    re.I,
)
VERB = re.compile(
    r"\b(is|are|was|were|has|have|had|be|been|will|can|must|may|should|do|does|employs?|operates?|provides?|supplies|makes?|sells?|"
    r"manufactures?|owns?|based|located|headquartered|we|our|published?|reports?|contact|call|email|raise|read|find|see|visit|"
    r"\w+(ed|ing))\b",
    re.I,
)
SITE_FURNITURE = re.compile(
    r"\bcookies?\b|all rights reserved|©|privacy policy|terms (of|and) (use|conditions)\b.{0,30}$|skip to|^\W*(home|menu|search|close|back to top|share|print|read more|contact us|log ?in)\W*$",
    re.I,
)


def is_furniture(text: str) -> bool:
    """Say whether a line is no evidence whatever the model thinks: contents, page numbers, addresses, site chrome."""
    words = re.findall(r"[A-Za-z]{2,}", text)
    if len(words) < 2 or CONTENTS_LINE.search(text) or PAGE_LINE.match(text):
        return True
    # An address or telephone line has few words besides, or no verb; a sentence that holds a link has both.
    contacts = len(CONTACT.findall(text))
    if contacts and (contacts >= 3 or not VERB.search(text)) and len(words) < 30:
        return True
    return len(words) < 15 and bool(SITE_FURNITURE.search(text))
