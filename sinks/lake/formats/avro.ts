import avro from 'avsc'

/**
 * An Avro file of records, with what its schema has beside Avro's own (`field-id`, `element-id`) and more keys in its header.
 * https://avro.apache.org/docs/1.11.1/specification/#object-container-files
 */
export async function avroFile(
  schema: { readonly type: string },
  records: readonly object[],
  header: Readonly<Record<string, string>>,
): Promise<Buffer> {
  const metadata = Object.fromEntries(Object.entries(header).map(([key, text]) => [key, Buffer.from(text)]))
  // its types do not know the option
  const options: ConstructorParameters<typeof avro.streams.BlockEncoder>[1] & { readonly metadata: object } =
    {
      codec: 'deflate',
      writeHeader: 'always',
      metadata,
    }
  const encoder = new avro.streams.BlockEncoder(schema as avro.Schema, options)
  for (const record of records) encoder.write(record)
  encoder.end()
  const chunks: Buffer[] = []
  for await (const chunk of encoder) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** The records of an Avro file, by its own schema. */
export async function avroRecords(bytes: Buffer): Promise<readonly unknown[]> {
  const decoder = new avro.streams.BlockDecoder()
  decoder.end(bytes)
  const records: unknown[] = []
  for await (const record of decoder) records.push(record)
  return records
}
