/** What tests and the demo use of the local cluster. */
export { baseImages } from './base-images.ts';
export { binary } from './binaries.ts';
export { buildGroups } from './build.ts';
export { type ControlPlane, type ControlPlaneOptions, controlPlane } from './control-plane.ts';
export { CommandFailed, run, UserError, waitFor } from './exec.ts';
export { selectGroups } from './groups.ts';
export { buildImage } from './image-build.ts';
export { importImages } from './image-import.ts';
export { kubectl } from './kubectl.ts';
export { loadImage } from './load-image.ts';
export { kubeconfigPath } from './paths.ts';
export { isRunning, readState } from './state.ts';
export { up } from './up.ts';
