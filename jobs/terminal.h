/* What a terminal is shown. */
#ifndef RML_JOBS_TERMINAL_H
#define RML_JOBS_TERMINAL_H

/* Where stdout is a terminal, from here on a ? is shown for every control character but line feed and tab: names come
 * from files, and a terminal does what an escape sequence in one of them says. Into files and pipes everything goes as
 * it is. Before anything is printed. */
void rml_terminal_guard(void);

#endif
