/** Name of a figure's file: of its network, without what a shell or a file system takes for something else, and its kind. */
export const figureName = (network: string, kind: string): string =>
  `${network.replaceAll(/\W+/g, '-').replace(/-$/, '')}-${kind}`
