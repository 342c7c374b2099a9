// Failures as JavaScript Errors: `code` is the errno name, the sentence says what failed on what.
#ifndef ARPEGGIO_ERRORS_H
#define ARPEGGIO_ERRORS_H

#include <node_api.h>

/** Throws `Cannot <action> on "<name>": <errno name> (<hint>)`; without a name the "on" part is left out. */
void throw_errno(napi_env env, const char *action, const char *name, int error);

/** Throws a TypeError for an argument the caller got wrong. */
void throw_argument(napi_env env, const char *sentence);

#endif
