import { renderMermaidSVG } from 'beautiful-mermaid'

/**
 * A diagram of Mermaid as SVG in the colours of the theme, without a script and without a font from elsewhere. `escapeHtml`
 * writes a text into an attribute.
 */
export function diagram(code, escapeHtml) {
  const svg = renderMermaidSVG(code, {
    bg: 'var(--vp-c-bg)',
    fg: 'var(--vp-c-text-1)',
    muted: 'var(--vp-c-text-2)',
    accent: 'var(--vp-c-brand-1)'
  })
  const own = svg
    .replace(/@import url\([^)]*\);/g, '')
    .replaceAll("'Inter'", 'inherit')
    .replace(/font-family: inherit, [^;]*;/g, 'font-family: inherit;')
  // Vue leaves out a `<style>` of a template in the browser, and the last element of the SVG with it.
  return `<div class="diagram" v-html="${escapeHtml(JSON.stringify(own))}"></div>\n`
}
