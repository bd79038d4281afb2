/** The lazy parts of private connections: all there is to see of them. */
export { AskPrivate, PrivateBar, Requests, stageInWords } from './private.tsx';
