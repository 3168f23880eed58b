"""Words and phrases of the field that the model is given as features, each with a name that a reader
understands.

Two kinds, because speed differs by a hundred times: word patterns are matched once for each distinct word and
remembered; phrase patterns are searched in each sentence.
"""

from __future__ import annotations

import re

# The name is shown in explanations ("speaks of training"), so it is written to follow "because the sentence
# ...".
WORD_PATTERNS: dict[str, str] = {
    "names a legal form": r"ltd|limited|plc|llp|inc|gmbh|pty|corporation|group",
    "speaks of ownership": r"subsidiar\w*|parent|holdings?|shareholders?|incorporated|headquarter\w*|owned"
    r"|ventures?",
    "speaks of employees": r"employ(s|ees?)|staff|colleagues|headcount|workforce|people|fte",
    "speaks of turnover": r"turnover|revenues?|million|billion|m|bn",
    "speaks of business activity": r"manufactur\w*|customers?|clients?|brands?|founded|established"
    r"|speciali[sz]\w*|leading|"
    r"stores?|offices?|sites?|retail\w*|operates?|operating|services?|products?",
    "speaks of suppliers": r"supplier\w*|vendors?|subcontract\w*|contractors?|sub",
    "speaks of sourcing": r"sourc\w*|procur\w*|purchas\w*|spend|buy\w*|tier|materials?|goods|commodit\w*",
    "speaks of risk": r"risks?|risky|vulnerab\w*|exposure|exposed",
    "speaks of assessing": r"assess\w*|identif\w*|map\w*|rank\w*|evaluat\w*|analys\w*|prioriti\w*|heat",
    "speaks of vulnerable workers": r"migrant\w*|seasonal|temporary|agency|agencies|unskilled|skilled|casual"
    r"|cleaning|"
    r"catering|security|construction|garment\w*|cotton|mining",
    "names a policy or code": r"polic(y|ies)|codes?|charters?|standards?|handbooks?|principles?|commitments?"
    r"|procedures?",
    "speaks of due diligence": r"diligence|audit\w*|questionnaire\w*|onboard\w*|vett\w*|screen\w*|inspect\w*"
    r"|visits?|"
    r"certif\w*|sedex|smeta|ecovadis|checks?|checked|monitor\w*|tender\w*|prequalif\w*",
    "speaks of contracts": r"contracts?|contractual\w*|clauses?|terms|terminat\w*|obligations?|warrant\w*",
    "speaks of recruitment checks": r"recruit\w*|passports?|visas?|immigration|identity|wages?|pay|paid"
    r"|hours",
    "speaks of training": r"train(s|ed|ing|ings|er|ers|ee|ees)?|elearning|workshops?|induction\w*|webinars?"
    r"|toolkits?|awareness|course|courses|module\w*|brief\w*",
    "speaks of raising concerns": r"whistle\w*|grievance\w*|hotline\w*|helpline\w*|concerns?|report|reports"
    r"|reported|reporting|"
    r"confidential\w*|anonymous\w*|retaliation|speak|raise|raised|disclos\w*",
    "speaks of putting right": r"remed\w*|corrective|victims?|repay\w*|reimburs\w*|compensat\w*|investigat\w*"
    r"|disciplin\w*|dismiss\w*|"
    r"police|authorit(y|ies)|glaa|gangmasters|escalat\w*|sanctions?",
    "speaks of measuring": r"kpis?|indicators?|effective\w*|measur\w*|metrics?|targets?|progress\w*"
    r"|performance|track\w*|"
    r"percent\w*|results?|review\w*|completed|completion",
    "speaks of governance": r"responsib\w*|oversight|oversees?|accountab\w*|committee\w*|governance|steering"
    r"|board|directors?|ownership",
    "plans ahead": r"will|intends?|intend|plans?|planned|planning|aims?|aim|upcoming|future|next|shall"
    r"|continue|continuing|further|goals?|objectives?",
    "speaks of approval": r"approv\w*|adopted|endorsed|ratified",
    "speaks of signing": r"sign|signed|signature|signatory|behalf|docusign",
    "names an office": r"ceo|cfo|coo|director|chair|chairman|chairwoman|chairperson|secretary|president"
    r"|partner|officer|trustee|"
    r"chief|managing|executive|head|member|md",
    "speaks of collaboration": r"collaborat\w*|stakeholders?|ngos?|initiatives?|partnership\w*|industry"
    r"|forum\w*|unions?",
    "names slavery": r"slavery|traffick\w*|forced|servitude|labour|labor|exploit\w*|human|rights|child"
    r"|children",
    "refers to the law": r"act|section|legislation|law|laws|regulation\w*|statutory|pursuant|parliament",
    "names a country": r"uk|kingdom|england|scotland|wales|ireland|europe\w*|china|india|bangladesh|vietnam"
    r"|turkey|pakistan|thailand|"
    r"malaysia|brazil|mexico|germany|france|spain|italy|poland|usa|america|canada|australia|netherlands|asia|africa|japan|"
    r"indonesia|cambodia|myanmar|countr(y|ies)|global\w*|worldwide|international\w*",
    "denies": r"no|not|nor|none|never|zero|neither|without",
    "speaks in the past": r"conducted|carried|trained|rolled|launched|introduced|implemented|undertook|were"
    r"|was|had|been|during",
    "states a year": r"#year",
    "states a number": r"#number",
    "names a month": r"january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|aug|sept?|oct|nov|dec",
    "speaks as we": r"we|our|us|ours",
}

PHRASE_PATTERNS: dict[str, str] = {
    "says that it was approved": r"approved (this|the) |(was|been|is|and) (\w+ )?approved|approv\w+ (by|of"
    r"|on)\b|board approv|"
    r"adopted by|board (of directors )?(has|have) |approved:",
    "joins the statement with its approval": r"statement.{0,60}(approv|sign|adopt|endors)|(approv|sign|adopt"
    r"|endors).{0,60}statement",
    "begins as a signature": r"^\W*(signed|signature|for and on behalf|on behalf of|name:|position:|title:"
    r"|date[:d])",
    "ends as a title": r"\b(director|officer|ceo|chair(man|woman|person)?|secretary|president|partner|trustee"
    r"|executive)\b\W*(\S+\s*){0,6}$",
    "is a name alone": r"^\W*((mr|mrs|ms|dr|sir|dame|prof)\.? "
    r")?([A-Z][\w'’\-]*\.?\s+){1,3}[A-Z][\w'’\-]+\W*$",
    "has a line to sign on": r"_{4,}|\.{8,}|/s/|docusign|electronically",
    "says who is registered where": r"registered (in|office|number|at)|company (number|registration)|head "
    r"?office|based in|located in",
    "counts people": r"\d[\d,.]*\+?k? (\w+ ){0,2}(employees|people|staff|colleagues|workers|members)"
    r"|employ\w* (over|around|approximately|more than|some|c\.?)? ?\d",
    "counts sites, suppliers or countries": r"\d[\d,.]*\+? (\w+ ){0,2}(countries|sites|offices|stores"
    r"|locations|suppliers|vendors|factories|branches|homes)",
    "gives a share": r"\d ?%|per ?cent|percentage of|number of|proportion of",
    "speaks of its supply chain": r"(our|the group's|its) suppl(y|ier) (chain|base)|suppl(y|ied|iers?) (of"
    r"|from|include|based?|are)\b|tier (1|one|2|two|3)|first.tier",
    "grades a risk": r"(high|higher|low|lower|greatest|key|main|salient|inherent|minimal|limited) (\w+ "
    r"){0,2}risk|at risk|risk (areas?|factors?|profile|of modern|of slavery|in our)|risk(s)? (is|are|as"
    r"|to be)",
    "speaks of risk assessment": r"risk.{0,12}assess|assess\w*.{0,30}risk|risk (register|map|matrix|rating"
    r"|management)|(country|sector|geograph\w+|product).{0,12}risk",
    "demands of suppliers": r"(suppliers?|contractors?|vendors?|partners?|they|agencies)\b.{0,40}\b(must"
    r"|required?|expected?|shall|comply|adhere|sign|confirm|agree)|(require|expect|ask|request)s? (all |our "
    r"|that |any )*(\w+ )?suppliers?",
    "says what it will not tolerate": r"zero.tolerance|not tolerate|prohibit|forbid|committed to|commitment "
    r"to|does not permit",
    "checks the right to work": r"right to work|work(ing)? time|minimum wage|living wage|freedom of "
    r"association|working (conditions|hours)|contract of employment|identity documents",
    "offers a channel": r"speak[- ]?up|raise (any |their |a )?(\w+ )?concerns?|report (any|concerns?"
    r"|suspicions?|suspected|to)|whistle.?blow\w* (line|service|channel|policy|procedure)|hot ?line|help "
    r"?line",
    "says that nothing was found": r"\b(no|not|nor|zero|any|never) (\w+ ){0,4}(incidents?|instances?|cases?"
    r"|reports?|breach\w*|concerns?|issues?|evidence|complaints?)|not (been )?(identified|aware|found)|no "
    r"(known|reported)",
    "says that something was not done": r"\b(do|does|did|has|have|is|are|was|were) not\b|\b(haven|hasn|didn"
    r"|don|doesn)['’]t\b|no (formal|specific|steps|polic|training)|not yet",
    "says what it will do": r"\b(will|shall|intends? to|plans? to|aims? to|going forward|looking ahead|next "
    r"(year|12|financial|steps)|in (the )?(coming|future)|over the (next|coming)|further steps|to be (rolled"
    r"|introduced|launched|developed|implemented))\b",
    "says it will go on": r"continu(e|es|ing) to|will continue|remain committed|ongoing",
    "says what was done in the year": r"\b(during|in|over) (the |this |our )?(\w+ )?(year|reporting|period"
    r"|20\d\d|fy)|this year|last year|to date|since 20\d\d|have (been |now )?\w+ed\b|has \w+ed\b",
    "speaks of reviewing effectiveness": r"(review|measur|assess|monitor|evaluat|track)\w*.{0,30}(effective"
    r"|progress|performance|success)|performance indicator|\bkpi|effective\w*.{0,20}(review|measur|assess"
    r"|monitor)",
    "says who is responsible": r"responsib\w* (for|of|lies|rests)|accountab\w* (for|to)|overse(e|es|en|ight)"
    r"|(led|chaired|headed|managed|reports?) (by|to)|working group|steering (group|committee)|on the board"
    r"|the board",
    "defines slavery": r"modern slavery (is|can|takes|encompasses|includes|means|comprises)|defin(es|ed"
    r"|ition)|universal declaration|guiding principles|ilo\b|united nations",
    "makes the statement": r"this (modern slavery )?(and human trafficking )?(statement|report) (is|has|sets"
    r"|covers|was|constitutes|relates|describes)|pursuant to|section 54|financial year (end|to)|year end",
    "is a list item": r"^\W*(\(?[ivxIVX\d]{1,4}[).]|\(?[a-zA-Z]\)|[•●▪\-–·o] )|;\W*$|; and\W*$",
    "introduces a list": r":\W*$|following\W*$|include(s)?\W*$|by\W*$|the following",
    "asks": r"\?\W*$",
    "gives an address": r"@|www\.|https?:|\btel(ephone)?\b|\+44|\b[A-Z]{1,2}\d{1,2}[A-Z]? \d[A-Z]{2}\b"
    r"|copyright|all rights reserved|©",
    "is a contents line": r"\.{4,}|^\W*(table of )?contents\b|^\W*page \d+|\bpage \d+ of \d+",
    "begins mid-sentence": r"^\W*[a-z]",
    "begins with a heading in capitals": r"^\W*([A-Z][A-Z&,'’\-]+\s+){2,}",
    "names a supplier platform": r"sedex|smeta|ecovadis|achilles|constructionline|safecontractor|avetta"
    r"|\bets?i\b|ethical trad\w+ initiative|stronger together|un global compact|iso ?\d{4,5}|sa8000|b corp",
    "names training for someone": r"\b(train(s|ed|ing|er|ers)?|e-?learning|awareness"
    r"|induction)\b.{0,50}\b(staff|employees|colleagues|managers?|suppliers?|teams?|buyers|procurement|new "
    r"starters)|(staff|employees|colleagues|managers?|teams?|suppliers?)\b.{0,60}\b(train(s|ed|ing|er|ers)?\b|e-?learning|awareness)",
    "speaks of a period's end": r"(year|period) (end(ed|ing)|to)|20\d\d ?[/–-] ?\d\d|fy ?\d\d",
}

SECTION_PATTERNS: dict[str, str] = {
    "stands under structure": r"structure|about us|about the|who we are|our business|organi[sz]ation|our "
    r"company|our group|overview",
    "stands under operations": r"operation|what we do|business model|products|services",
    "stands under supply chains": r"supply chain|supplier|sourcing|procure",
    "stands under risk": r"risk",
    "stands under policies": r"polic|code|commitment|standards|values",
    "stands under due diligence": r"due diligence|assess|audit|manage|prevent|action|steps|measures|approach"
    r"|mitigat",
    "stands under training": r"train|awareness|capacity",
    "stands under concerns and remedy": r"remed|grievance|whistle|speak|concern|report",
    "stands under effectiveness": r"effective|performance|kpi|indicator|measur|progress|monitor|review"
    r"|outcome",
    "stands under next steps": r"next step|future|further|looking|plans?\b|going forward|goals|objective"
    r"|target|commitments for|will\b|20\d\d ?[/–-]",
    "stands under approval": r"approv|sign|declaration|board|governance|responsib",
    "stands under the introduction": r"introduc|statement|foreword|act\b|purpose|scope",
}


# Patterns that read capitals as signal are searched in the sentence as written; all others in lower case,
# which is two to three times faster than asking the regular expression to ignore case.
CASED = frozenset(
    {
        "is a name alone",
        "begins mid-sentence",
        "begins with a heading in capitals",
        "gives an address",
        "is a list item",
    }
)
WORDS = tuple((name, re.compile(pattern)) for name, pattern in WORD_PATTERNS.items())
PHRASES = tuple((name, re.compile(pattern), name in CASED) for name, pattern in PHRASE_PATTERNS.items())
SECTIONS = tuple((name, re.compile(pattern)) for name, pattern in SECTION_PATTERNS.items())
