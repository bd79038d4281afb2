/** The lazy parts of showing people. */
export { LookAlike, LookAlikeFinder } from './look-alike.tsx';
export { People } from './people.tsx';
export { PeopleButton } from './people-button.tsx';
