/** What the page does: filters, the blend, the size, and the details of one image. */

/** The page's element of a kind. */
function element<T extends Element>(kind: new () => T, selector: string, within: ParentNode = document): T {
  const found = within.querySelector(selector)
  if (found instanceof kind) return found
  throw new Error(`the page has no ${selector}`)
}

const gallery = document.querySelector<HTMLElement>('#images')
if (gallery?.querySelector('.tile')) start(gallery)

function start(gallery: HTMLElement): void {
  const details = element(HTMLElement, '#details')
  const close = () => {
    kept = false
    details.hidden = true
  }
  // shown while pointed at; a click, a tap or the keyboard's focus keeps it
  let kept = false
  const choices = ['model', 'change', 'status'].map((id) => element(HTMLSelectElement, `#${id}`))
  const figures = [...gallery.querySelectorAll<HTMLElement>('figure.images')]
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
      element(HTMLElement, '.count', figure).textContent = String(inFigure)
      shown += inFigure
    }
    element(HTMLElement, '#shown').textContent = shown === 0 ? 'no image like that' : `${shown} images`
  }
  for (const choice of choices)
    choice.addEventListener('change', () => {
      filter()
      close()
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

  const tell = (event: Event) => {
    const tile = event.target instanceof Element ? event.target.closest<HTMLElement>('.tile') : null
    if (event.type !== 'pointerover') kept = tile !== null || kept
    if (tile) show(details, tile)
    else if (!kept) details.hidden = true
  }
  for (const kind of ['pointerover', 'focusin', 'click']) gallery.addEventListener(kind, tell)
  gallery.addEventListener('pointerleave', () => {
    if (!kept) details.hidden = true
  })
  element(HTMLElement, '#close').addEventListener('click', (event) => {
    event.stopPropagation()
    close()
  })
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') close()
  })
  filter()
}

/** Tells of one image. */
function show(details: HTMLElement, tile: HTMLElement): void {
  const gain = tile.closest<HTMLElement>('figure')?.dataset['gain'] ?? '?'
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
  element(HTMLElement, '.pictures', details).replaceChildren(...pictures)
  const facts = (tile.getAttribute('aria-label') ?? '').split(', ').map((fact) => {
    const line = document.createElement('div')
    line.textContent = fact
    return line
  })
  element(HTMLElement, '.facts-of-one', details).replaceChildren(...facts)
  details.hidden = false
}
