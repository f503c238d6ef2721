import type { AnyStateMachine } from 'xstate';
import { agentMachine as chart } from './agent.machine.ts';

/**
 * The chart that drives every run, for tools that read, draw or explore a machine. Its actors are placeholders that
 * reject. Its own type, with every state's name in it, is no part of the API: it changes with the chart.
 */
export const agentMachine: AnyStateMachine = chart;
