"""The contrast of every text that a page shows, also where axe cannot decide, and of its controls' borders.

The ground of a text is the nearest opaque background behind it, with translucent ones laid over it.
"""

from __future__ import annotations

from typing import Any

from tests.console.page import Page

MEASURE = """(() => {
  const parse = (css) => {
    const m = css.match(/[\\d.]+/g).map(Number);
    return [m[0], m[1], m[2], m.length > 3 ? m[3] : 1];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const light = (c) => { const f = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * f(c[0]) + 0.7152 * f(c[1]) + 0.0722 * f(c[2]); };
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const ground = (e) => { const layers = [];
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c[3] > 0) layers.push(c);
      if (c[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]); };
  const shown = (e) => {
    const r = e.getBoundingClientRect();
    return r.width > 1 && r.height > 1
      && e.checkVisibility({opacityProperty: true, visibilityProperty: true}); };
  const faults = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; (n = walk.nextNode()); ) {
    const e = n.parentElement;
    if (!n.data.trim() || !shown(e) || e.closest('option, script, style, svg')) continue;
    const under = ground(e), style = getComputedStyle(e);
    const value = ratio(over(parse(style.color), under), under);
    if (value < 4.5) faults.push(n.data.trim().slice(0, 30) + ' ' + value.toFixed(2) + ' ' + style.color);
  }
  for (const e of document.querySelectorAll('input, select, textarea')) {
    if (!shown(e) || ['checkbox', 'radio'].includes(e.type)) continue;
    const style = getComputedStyle(e), behind = ground(e.parentElement);
    const value = Math.max(
      ratio(over(parse(style.borderTopColor), behind), behind),
      ratio(ground(e), behind),
    );
    if (value < 3) faults.push('border of ' + (e.dataset.testid ?? e.tagName) + ' ' + value.toFixed(2));
    const text = ratio(over(parse(style.color), ground(e)), ground(e));
    if (text < 4.5) faults.push('text of ' + (e.dataset.testid ?? e.tagName) + ' ' + text.toFixed(2));
  }
  return faults;
})()"""


async def contrast_faults(page: Page) -> list[str]:
    found: list[Any] = await page.run(MEASURE)
    return [str(one) for one in found]
