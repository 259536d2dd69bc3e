/**
 * Version of the tables as files have them. It is raised when what a column means or how it lies is another, so that who reads
 * by an earlier version would be wrong; a new column is none. Readers of this version read all earlier ones.
 */
export const FORMAT = 1
