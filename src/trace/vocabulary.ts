export type { Index, NestedArray, NestedLike, TensorLike, Vocabulary } from './tensor'
