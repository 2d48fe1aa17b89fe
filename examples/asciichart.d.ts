/** asciichart brings no types of its own. */
declare module 'asciichart' {
  interface PlotConfig {
    readonly height?: number
    readonly min?: number
    readonly max?: number
    readonly format?: (x: number, i: number) => string
  }
  const asciichart: { readonly plot: (series: number[] | number[][], config?: PlotConfig) => string }
  export default asciichart
}
