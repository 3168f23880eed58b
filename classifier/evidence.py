"""What an evidence sentence is worth: done, planned or denied; specific or vague; or no sentence at all."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

DONE, PLANNED, DENIED = "done", "planned", "denied"

# --- Status ---------------------------------------------------------------------------------------------------------

# How a clause tells of the future, with its weight in log-odds beside what the model says of measure_future. Fitted by
# logistic regression over the evidence sentences of the Australian and Canadian statements and rounded; the weights
# hold on either country alone. The UK statements were not looked at.
_ACTING = (
    "introduc|roll|launch|develop|implement|extend|complet|start|begin|review|carr(y|ied)|train|provid|creat|establish|"
    "publish|conduct|undertak|assess|expand|improv|enhanc|engag|build|increas|strengthen|explor|consider|updat|"
    "incorporat|identif|work|investigat|embed|refresh|deploy|monitor"
)
TENSE: tuple[tuple[float, re.Pattern[str]], ...] = tuple(
    (weight, re.compile(pattern, re.I))
    for weight, pattern in (
        # The organisation's own plan, in its own words: "we intend to", "it is planned", "will be rolled out".
        (
            1.0,
            r"\b(we|it|and|company|group|trust|organi[sz]ation|business|council|board|team|which) (\w+ ){0,2}"
            r"(plan(s|ning|ned)?|intend(s|ing)?|propos(e|es|ing)|hop(e|es|ing)) (on \w+ing|to)\b|"
            r"\bit is (\w+ )?(planned|intended|anticipated|proposed|envisaged)\b|"
            r"\b(will|shall|to) be (\w+ )?(introduced|rolled out|launched|developed|delivered|implemented|extended|created|"
            r"established|completed|finali[sz]ed)\b",
        ),
        # Any plan, also of others.
        (
            1.0,
            r"\bplan(s|ned|ning)? (to|on|for)\b|\b(intend(s|ed|ing)?|propos(e|es|ing)|hop(e|es|ing)|anticipat(e|es|ed|ing)) (to|that)\b|"
            r"\b(is|are) (\w+ )?(planned|scheduled|anticipated|proposed|due to)\b|\bto be (rolled out|introduced|launched)\b|"
            rf"\b(look|looking|seek|seeking) to ({_ACTING})|\b(commit(s|ted)?|undertake) to ({_ACTING})|"
            r"\bour (goals?|focus|priorit(y|ies)|plans?|next steps?) (\w+ ){0,6}(is|are|include)\b",
        ),
        # Under way, not there yet.
        (
            2.0,
            r"\b(is|are|be) (also )?(currently |presently |now )?(developing|working (on|to|with|towards)|exploring|researching|"
            r"investigating|considering|preparing|planning|finali[sz]ing|in the (process|midst) of|reviewing|updating|establishing|"
            r"undertaking|building|looking|seeking|advancing|combining|drafting)\b|\bunder (development|review|consideration)\b",
        ),
        # A time that lies ahead.
        (
            1.0,
            r"\b(next|coming|forthcoming|upcoming|following|subsequent|future) (\w+ ){0,2}(years?|months?|periods?|quarters?|statements?|"
            r"cycles?|steps?|phase|stage|initiatives|actions|plans?)\b|\bby (the )?(end of )?(\w+ )?(20\d\d|fy ?\d\d)\b|"
            r"\bover the next\b|\bin (the )?(near |longer )?(term )?future\b|\b(going|looking|moving) (forward|ahead)\b|"
            r"\b(at a )?later (stage|date|this year)\b|\bin due course\b",
        ),
        # "Will", but not the standing rule: "we will not tolerate", "we will end contracts with those who ...".
        (
            1.0,
            r"(?<!policy )(?<!who )(?<!that )\b(will|shall)(?! (always|not|never|only|immediately|terminate|investigate|"
            r"take (any |action|appropriate|immediate)|(also )?continue|tolerate|result|vary|depend|"
            r"be (terminated|investigated|treated|dismissed)))\b",
        ),
        # A case that may come: "where an audit finds ...".
        (
            -1.0,
            r"^\W*(if|where|when|in the event|should|in cases?|any|anyone|employees who|failure)\b|\b(if|whenever|in the event)\b|"
            r"\bwhere (there|we|a|an|any|such)\b|\b(any|a) (breach|supplier|employee|person) (\w+ ){0,4}(who|that|found)\b",
        ),
        # What was done.
        (
            -1.0,
            r"\b(was|were|has been|have been|had|(has|have) (\w+ed|undertaken)|we (also )?(\w+ed|undertook|began|held|built|made|sent))\b",
        ),
    )
)
# An item of a list of things to do: "Extend the audits to ...".
TO_DO = 1.5
TO_DO_ITEM = re.compile(
    r"^[\W\d]*(continu(e|ed|ing)|develop(ing)?|review(ing)?|updat(e|ing)|undertak(e|ing)|implement(ing)?|provid(e|ing)|"
    r"conduct(ing)?|monitor|improv(e|ing)|enhanc(e|ing)|expand(ing)?|engag(e|ing)|work(ing)?|extend|establish(ing)?|identify|"
    r"complet(e|ion)|roll(ing)?|increase|further|introduc(e|ing)|refine|strengthen|deliver|ensure|build|investigate|explore|"
    r"consider|assess|refresh|deploy|maintain|embed|create|train|publish|incorporate|formali[sz]e|map|evaluate|perform|"
    r"distribute|organi[sz](e|ing)|carry(ing)? out|to \w+)\b",
    re.I,
)
# The labelled corpora keep no headings: the weight is that of the strongest words. A section called "Next steps" may tell
# of the past too.
UNDER_A_PLANNING_HEADING = 2.0
OWN_CLAUSE = re.compile(r"\b(we|is|are|was|were|has|have|had)\b", re.I)
PLANNING_HEADING = re.compile(
    r"^\W*([\d.]+\W*)?((our|the|key|and|proposed) ){0,2}(next steps|looking (ahead|forward)|(future|planned|forthcoming) \w+|"
    r"(plans?|priorities|goals|objectives|aims|actions|steps|commitments|targets) (for|in|over) (the )?"
    r"(next|coming|future|(financial )?year ahead))\b",
    re.I,
)
# On the same sentences F1 is flat from -1 to 0.25; without any sign it means that the model gives 38 % or more.
PLANNED_FROM = -0.5
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

# measure_negative has too few examples (79 of 9,861 sentences) to decide alone; a pattern must agree or it be near sure.
DENIED_SURE, DENIED_WITH_PATTERN = 0.6, 0.02


def status_of(
    text: str, p_future: float, p_negative: float, *, heading: str | None = None, introduction: str = ""
) -> str:
    """Say whether a sentence tells of something done, planned, or denied.

    The probabilities are the model's view on measure_future and measure_negative: it reads the sentences around.
    `heading` is the nearest one above; `introduction` the sentence that opens the list of which this is an item, or empty.
    A disclosed incident, or that none was found, counts as done.
    """
    denies = bool(ABSENT.search(text)) and not INCIDENT.search(text)
    if p_negative >= DENIED_SURE or (denies and p_negative >= DENIED_WITH_PATTERN):
        return DENIED
    likely = min(max(p_future, 1e-6), 1 - 1e-6)
    # "In the next year we will:" goes for each item, but for one that is a sentence of its own.
    if _tense(introduction) > 0 and _tense(text) >= 0 and not OWN_CLAUSE.search(text):
        return PLANNED
    weight = math.log(likely / (1 - likely)) + _tense(text)
    weight += TO_DO if TO_DO_ITEM.search(text) else 0
    weight += UNDER_A_PLANNING_HEADING if PLANNING_HEADING.search(heading or "") else 0
    return PLANNED if weight >= PLANNED_FROM else DONE


def _tense(text: str) -> float:
    return sum(weight for weight, sign in TENSE if sign.search(text))


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
# "Unit 4, 12-14 Mill Road, Lowmere LO1 2AB".
ADDRESS_NUMBER = re.compile(
    r"\b((Unit|Suite|Floor|Plot) \d+\w?,? ?)?\d+(-\d+)?[A-Za-z]?,? ([A-Z][\w'’]+ ){1,3}(Street|Road|Lane|Avenue|Square|Place|Way|Drive|"
    r"Park|Court|Row|Crescent|Close|Terrace|Gardens|Hill|Quay|Wharf|Estate|House)\b|\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"
)
CIRCA = re.compile(r"\bc(irca)?\. ?(?=[£$€\d])")


def details_in(text: str) -> tuple[str, ...]:
    """Return which kinds of checkable detail a sentence holds: the documented measure of specificity.

    Numbers, dates, frequencies, named standards or bodies, and places other than the United Kingdom as a whole;
    numbers of laws, sections, pages, telephones and addresses are left out.
    """
    plain = CIRCA.sub(" ", ADDRESS_NUMBER.sub(" ", LEGAL_NUMBER.sub(" ", text)))
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
