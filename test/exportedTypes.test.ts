import { relative, resolve, sep } from 'node:path'
import t from 'tap'
import ts from 'typescript'

/** The whole, and each part that is imported by itself. */
const [WHOLE, ...PARTS] = ['', 'operators/flow', 'operators', 'sources', 'sinks', 'pipelines'].map((part) =>
  resolve('dist', part, 'index.d.ts'),
)
const program = ts.createProgram([WHOLE, ...PARTS], {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  skipLibCheck: true,
})
const checker = program.getTypeChecker()

/** What a symbol stands for, through imports and exports. */
const meant = (symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol

/** What an entry exports, by what it stands for. */
function exportsOf(entry: string): ReadonlyMap<ts.Symbol, string> {
  const file = program.getSourceFile(entry)
  const module = file && checker.getSymbolAtLocation(file)
  if (!module) throw new Error(`${entry} exports nothing; build it first`)
  return new Map(checker.getExportsOfModule(module).map((symbol) => [meant(symbol), symbol.name]))
}

const isOwn = (node: ts.Node) => {
  const { fileName } = node.getSourceFile()
  return fileName.startsWith(resolve('dist') + sep) && !fileName.includes('node_modules')
}

/** The name that a node is a use of a type by; of what is derived from a value (`typeof`) the type itself has the name. */
function usedIn(node: ts.Node): ts.Node | undefined {
  if (ts.isTypeReferenceNode(node)) return node.typeName
  if (ts.isExpressionWithTypeArguments(node)) return node.expression
  if (ts.isImportTypeNode(node)) return node.qualifier
  return undefined
}

/** The project's own types that the declaration of an export names. */
function namedBy(symbol: ts.Symbol): ReadonlyMap<ts.Symbol, string> {
  const found = new Map<ts.Symbol, string>()
  const visit = (node: ts.Node) => {
    if (ts.isClassElement(node) && ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) return
    const name = usedIn(node)
    const at = name && checker.getSymbolAtLocation(name)
    const used = at && meant(at)
    // a type parameter is the declaration's own
    if (used && !(used.flags & ts.SymbolFlags.TypeParameter) && used.declarations?.some(isOwn))
      found.set(used, used.name)
    ts.forEachChild(node, visit)
  }
  symbol.declarations?.filter(isOwn).forEach(visit)
  return found
}

const whole = exportsOf(WHOLE)
t.ok(whole.size > 200, `${whole.size} exports`)

for (const entry of [WHOLE, ...PARTS])
  t.test(`of ${relative('dist', entry)} every type of ours that a signature names is exported, too`, (t) => {
    const all = exportsOf(entry)
    const hidden = [...all].flatMap(([symbol, name]) =>
      [...namedBy(symbol)].filter(([used]) => !all.has(used)).map(([, used]) => `${name} names ${used}`),
    )
    t.same(hidden, [])
    const renamed = [...all].filter(([symbol, name]) => whole.get(symbol) !== name)
    t.same(renamed, [], 'each by the name that the whole has for it')
    t.end()
  })
