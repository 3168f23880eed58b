"""What is done inside a page that Chromium has loaded: small scripts, each of which gives plain data back."""

from __future__ import annotations

NAMES_STATEMENT = r"/slavery|human.traffick|aethwasiaeth|section.54/i"

# Closed parts of a page are opened before its own scripts run: a reader sees them too.
OPEN_SHADOWS = """
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (options) { return attach.call(this, { ...options, mode: 'open' }); };
"""  # noqa: E501

_EVERYWHERE = """
const roots = [document];
for (let at = 0; at < roots.length && roots.length < 500; at++)
  for (const element of roots[at].querySelectorAll('*')) if (element.shadowRoot) roots.push(element.shadowRoot);
"""  # noqa: E501

# Scrolled to the end, since much is loaded when it comes into view. `shape` tells whether the page still
# changes, `names` whether something on it that can be followed names the statement.
LOOK = f"""() => {{
  {_EVERYWHERE}
  window.scrollTo(0, document.documentElement.scrollHeight);
  let elements = 0, links = 0, names = false;
  for (const root of roots) {{
    elements += root.querySelectorAll('*').length;
    for (const link of root.querySelectorAll('a, area, button, [role=button], [role=link], [onclick]')) {{
      links++;
      const words = [link.innerText, link.alt, link.title, link.ariaLabel, link.getAttribute('href')].join(' ');
      names = names || {NAMES_STATEMENT}.test(words.slice(0, 500));
    }}
  }}
  return {{ shape: elements + ' ' + links, names }};
}}"""  # noqa: E501

# The parts of a page that its own source does not show.
SHADOWS = f"""() => {{
  {_EVERYWHERE}
  return roots.slice(1).map(root => '<section data-part="shadow">' + root.innerHTML + '</section>').join('');
}}"""

# Marks what names the statement and leads nowhere that a link could say, and tells how many there are.
MARK_BLIND = f"""() => {{
  {_EVERYWHERE}
  let marked = 0;
  for (const root of roots) {{
    for (const element of root.querySelectorAll('a, button, summary, [role=button], [role=link], [onclick], li, span, div')) {{
      const words = [element.innerText, element.title, element.ariaLabel].join(' ').trim();
      if (words.length > 150 || !{NAMES_STATEMENT}.test(words)) continue;
      const link = element.closest('a');
      const href = link ? (link.getAttribute('href') || '') : '';
      const leads = href && !href.startsWith('#') && !href.toLowerCase().startsWith('javascript:');
      if (leads || element.querySelector('a[href], button') || marked >= 3) continue;
      element.setAttribute('data-section54', String(marked++));
    }}
  }}
  return marked;
}}"""  # noqa: E501
