/** The lazy parts of private connections: all there is to see of them. */
export { AskPrivate, PrivateBar } from './private.tsx';
export { Requests } from './requests.tsx';
