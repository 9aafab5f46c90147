import type { ImageArchive } from './image-import.ts';
export async function baseImages(_say: (line: string) => void): Promise<ImageArchive[]> {
  return [];
}
