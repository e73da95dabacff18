// Why the softphone cannot take calls, and how to mend it, in the adviser's words.
//
// Decides the sentences alone.

import type { Why } from "./state.ts";

export interface Reason { what: string; remedy: string }

export const REASONS: Record<Why, Reason> = {
  "microphone-refused": {
    what: "Le navigateur refuse l'accès au microphone.",
    remedy: "Cliquez sur l'icône à gauche de l'adresse de la page, autorisez le microphone, puis recommencez.",
  },
  "microphone-missing": {
    what: "Aucun microphone n'est branché.",
    remedy: "Branchez votre casque, puis recommencez.",
  },
  "microphone-busy": {
    what: "Le microphone est utilisé par un autre logiciel.",
    remedy: "Fermez les autres logiciels d'appel ou de visioconférence, puis recommencez.",
  },
  "microphone-silent": {
    what: "Le microphone ne capte aucun son.",
    remedy: "Vérifiez que le casque n'est pas en sourdine et qu'il est le microphone choisi, puis parlez en recommençant.",
  },
  "microphone-lost": {
    what: "Le microphone a été débranché.",
    remedy: "Rebranchez votre casque, puis recommencez.",
  },
  connection: {
    what: "La liaison avec le service est coupée.",
    remedy: "Vérifiez votre connexion à Internet ; la liaison est reprise dès qu'elle revient.",
  },
  registration: {
    what: "Le service n'accepte pas ce téléphone.",
    remedy: "Déconnectez-vous, puis connectez-vous à nouveau.",
  },
  media: {
    what: "Le son ne passe pas entre ce poste et le service.",
    remedy: "Le réseau bloque sans doute la voix : essayez un autre réseau, ou prévenez votre service informatique.",
  },
  "echo-silent": {
    what: "Le son part, mais ne revient pas.",
    remedy: "Recommencez ; si cela dure, essayez un autre réseau ou prenez votre téléphone de bureau.",
  },
};
