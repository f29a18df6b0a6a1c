import { renderMermaidSVG } from 'beautiful-mermaid'

/** A diagram of Mermaid as SVG in the colours of the theme, without a script and without a font from elsewhere. */
export function diagram(code) {
  const svg = renderMermaidSVG(code, { bg: 'var(--vp-c-bg)', fg: 'var(--vp-c-text-1)', accent: 'var(--vp-c-brand-1)' })
  const own = svg
    .replace(/@import url\([^)]*\);/g, '')
    .replaceAll("'Inter'", 'inherit')
    .replace(/font-family: inherit, [^;]*;/g, 'font-family: inherit;')
  return `<div class="diagram" v-pre>${own.replace(/\n\s*/g, '\n')}</div>\n`
}
