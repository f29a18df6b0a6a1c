/** The style sheet of all pages. Its hash is in the Content-Security-Policy. */
export const STYLE: string =
  'body{font:1rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:24rem;padding:3rem 1.5rem;color:#1a1a1a;background:#fff;' +
  'overflow-wrap:anywhere}' +
  'h1{font-size:1.5rem}ul{padding-inline-start:1.25rem}ul.choices{list-style:none;padding:0}' +
  'input:not([type=hidden],[type=checkbox]){display:block;box-sizing:border-box;width:100%;margin:.25rem 0 .75rem;padding:.75rem 1rem;' +
  'border:1px solid #595959;border-radius:.5rem;font:inherit;color:inherit;background:transparent}' +
  '.button{display:block;box-sizing:border-box;width:100%;margin:.75rem 0;padding:.75rem 1rem;border:1px solid #595959;' +
  'border-radius:.5rem;font:inherit;text-align:center;text-decoration:none;color:inherit;background:#f5f5f5;cursor:pointer}' +
  '.button:hover{background:#e5e5e5}.button.main{color:#fff;background:#0b57d0;border-color:#0b57d0}' +
  '.button.main:hover{background:#0842a0}' +
  '.button:focus-visible,a:focus-visible,input:focus-visible{outline:3px solid #0b57d0;outline-offset:2px}' +
  '.quiet{color:#595959}.fault{color:#b3261e;margin:0 0 .75rem}label.check{display:block;margin:.25rem 0 .75rem}' +
  'input[type=checkbox]{width:1.1rem;height:1.1rem;vertical-align:-.15rem}' +
  '@media(prefers-color-scheme:dark){body{color:#f0f0f0;background:#161616}.button{background:#2a2a2a;border-color:#a0a0a0}' +
  'input:not([type=hidden]){border-color:#a0a0a0}.fault{color:#f2b8b5}.button:hover{background:#3a3a3a}.quiet{color:#b0b0b0}' +
  '.button.main{color:#161616;background:#a8c7fa;border-color:#a8c7fa}.button.main:hover{background:#d3e3fd}' +
  '.button:focus-visible,a:focus-visible,input:focus-visible{outline-color:#a8c7fa}a{color:#a8c7fa}.button{color:inherit}}'
