/** The lazy parts of the list of conversations. */
export { Toolbar } from './toolbar.tsx';
