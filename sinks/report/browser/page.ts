/** What the page does: the details of one image, the gallery's filters, blend and size, the keys in rows of images and tables. */

/** The page's element of a kind. */
function element<T extends Element>(kind: new () => T, selector: string, within: ParentNode = document): T {
  const found = within.querySelector(selector)
  if (found instanceof kind) return found
  throw new Error(`the page has no ${selector}`)
}

/** What is told of one image: its pictures and facts. */
interface One {
  readonly pictures: readonly Node[]
  readonly facts: readonly string[]
}

/** The box with the details of one image; shown while it is pointed at, a click, a tap or the keyboard's focus keeps it. */
class Details {
  readonly #box = element(HTMLElement, '#details')
  #kept = false

  constructor() {
    element(HTMLElement, '#close', this.#box).addEventListener('click', () => this.close())
    document.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') this.close()
    })
  }

  close(): void {
    this.#kept = false
    this.#box.hidden = true
  }

  /** Tells of what lies within an element and matches a selector. */
  of(within: HTMLElement, selector: string, tell: (item: HTMLElement) => One): void {
    const follow = (event: Event) => {
      const item = event.target instanceof Element ? event.target.closest<HTMLElement>(selector) : null
      if (event.type !== 'pointerover') this.#kept = item !== null || this.#kept
      if (item) this.#show(tell(item))
      else if (!this.#kept) this.#box.hidden = true
    }
    for (const kind of ['pointerover', 'focusin', 'click']) within.addEventListener(kind, follow)
    within.addEventListener('pointerleave', () => {
      if (!this.#kept) this.#box.hidden = true
    })
  }

  #show({ pictures, facts }: One): void {
    element(HTMLElement, '.pictures', this.#box).replaceChildren(...pictures)
    const lines = facts.map((fact) => {
      const line = document.createElement('div')
      line.textContent = fact
      return line
    })
    element(HTMLElement, '.facts-of-one', this.#box).replaceChildren(...lines)
    this.#box.hidden = false
  }
}

const factsOf = (item: HTMLElement) => (item.getAttribute('aria-label') ?? '').split(', ')

if (document.querySelector('#details')) {
  const details = new Details()
  const gallery = document.querySelector<HTMLElement>('#images')
  if (gallery) startGallery(gallery, details)
  const directions = document.querySelector<HTMLElement>('#directions')
  if (directions) startDirections(directions, details)
}

for (const table of document.querySelectorAll<HTMLElement>('table'))
  if (table.querySelector('td summary')) startTable(table)

/** The cells of a table as one stop of the tab key, and a button that opens all of them. */
function startTable(table: HTMLElement): void {
  rove(table, 'td summary', 'tr')
  const cells = [...table.querySelectorAll<HTMLDetailsElement>('td details')]
  const button = document.createElement('button')
  button.type = 'button'
  const name = () => {
    button.textContent = cells.every(({ open }) => open) ? 'Close all cells' : 'Open all cells'
  }
  button.addEventListener('click', () => {
    const open = !cells.every((cell) => cell.open)
    for (const cell of cells) cell.open = open
    name()
  })
  for (const cell of cells) cell.addEventListener('toggle', name)
  name()
  table.querySelector('caption span')?.append(' ', button)
}

function startGallery(gallery: HTMLElement, details: Details): void {
  const choices = ['model', 'change', 'status'].map((id) => element(HTMLSelectElement, `#${id}`))
  const figures = [...gallery.querySelectorAll<HTMLDetailsElement>('.images')]
  const filter = () => {
    const [model, change, status] = choices.map(({ value }) => value)
    let shown = 0
    for (const figure of figures) {
      const tiles = [...figure.querySelectorAll<HTMLElement>('.tile')]
      const here =
        (model === '' || figure.dataset['model'] === model) &&
        (change === '' || figure.dataset['change'] === change)
      let inFigure = 0
      for (const tile of tiles) {
        tile.hidden = !here || (status !== '' && tile.dataset['status'] !== status)
        if (!tile.hidden) inFigure++
      }
      figure.hidden = inFigure === 0
      if (model !== '' || change !== '' || status !== '') figure.open ||= inFigure > 0
      element(HTMLElement, '.count', figure).textContent = String(inFigure)
      shown += inFigure
    }
    element(HTMLElement, '#shown').textContent = shown === 0 ? 'no image like that' : `${shown} images`
  }
  for (const choice of choices)
    choice.addEventListener('change', () => {
      filter()
      details.close()
    })

  const variable = (id: string, name: string, unit = '') => {
    const input = element(HTMLInputElement, `#${id}`)
    const set = () => gallery.style.setProperty(name, input.value + unit)
    input.addEventListener('input', set)
    set()
  }
  variable('blend', '--blend')
  variable('zoom', '--tile', 'px')
  const alone = element(HTMLInputElement, '#perturbation')
  const toggle = () => gallery.classList.toggle('alone', alone.checked)
  alone.addEventListener('change', toggle)
  toggle()
  details.of(gallery, '.tile', ofTile)
  filter()
}

/** An image with its change and the perturbation, from its tile. */
function ofTile(tile: HTMLElement): One {
  const gain = tile.closest<HTMLElement>('.images')?.dataset['gain'] ?? '?'
  const pictures = [...tile.querySelectorAll('img')].map((image) => {
    const figure = document.createElement('figure')
    const picture = document.createElement('img')
    picture.src = image.src
    picture.alt = image.className === 'perturbation' ? `perturbation × ${gain}` : image.className
    const caption = document.createElement('figcaption')
    caption.textContent = picture.alt
    figure.append(picture, caption)
    return figure
  })
  return { pictures, facts: factsOf(tile) }
}

function startDirections(directions: HTMLElement, details: Details): void {
  for (const layer of directions.querySelectorAll<HTMLElement>('.layer')) rove(layer, '.thumb', 'figure')
  details.of(directions, '.thumb', ofThumb)
}

/** Makes items within an element one stop of the tab key; from there the arrow keys lead. */
function rove(within: HTMLElement, selector: string, row: string): void {
  const items = [...within.querySelectorAll<HTMLElement>(selector)]
  const visit = (item: HTMLElement | undefined) => {
    for (const other of items) other.tabIndex = other === item ? 0 : -1
  }
  visit(items[0])
  const itemOf = ({ target }: Event) =>
    target instanceof HTMLElement && target.matches(selector) ? target : undefined
  within.addEventListener('focusin', (event) => {
    const item = itemOf(event)
    if (item) visit(item)
  })
  within.addEventListener('keydown', (event) => {
    const from = itemOf(event)
    const own = [...(from?.closest(row)?.querySelectorAll<HTMLElement>(selector) ?? [])]
    const to = from && neighbour(items, own, from, event.key)
    if (!to) return
    event.preventDefault()
    to.focus()
  })
}

/** Where a key leads: along the rows, or to the nearest in the line above or below. */
function neighbour(
  items: readonly HTMLElement[],
  row: readonly HTMLElement[],
  from: HTMLElement,
  key: string,
): HTMLElement | undefined {
  const at = items.indexOf(from)
  if (key === 'ArrowLeft') return items[at - 1]
  if (key === 'ArrowRight') return items[at + 1]
  if (key === 'Home') return row[0]
  if (key === 'End') return row.at(-1)
  if (key !== 'ArrowUp' && key !== 'ArrowDown') return undefined
  const { left, top } = from.getBoundingClientRect()
  const sign = key === 'ArrowDown' ? 1 : -1
  const beyond = items
    .map((item) => ({ item, place: item.getBoundingClientRect() }))
    .filter(({ place }) => sign * (place.top - top) > 1)
  const next = Math.min(...beyond.map(({ place }) => sign * place.top))
  return beyond
    .filter(({ place }) => sign * place.top - next < 1)
    .sort((a, b) => Math.abs(a.place.left - left) - Math.abs(b.place.left - left))
    .at(0)?.item
}

/** An image and the row that it is of, from its picture. */
function ofThumb(thumb: HTMLElement): One {
  const picture = document.createElement('div')
  picture.className = thumb.className.replace('thumb', 'large')
  picture.style.cssText = thumb.style.cssText
  picture.role = 'img'
  picture.ariaLabel = 'the image'
  const heading = thumb.parentElement?.querySelector('figcaption')?.textContent ?? ''
  return { pictures: [picture], facts: [...factsOf(thumb), heading] }
}
