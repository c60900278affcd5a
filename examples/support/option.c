#include "support/option.h"

#include <getopt.h>

bool option_explain(int letter, char *const *argv, failure *why) {
  const char *option = argv[optind - 1];
  if (letter == ':') return explain(why, "option '%s' requires an argument; see --help", option);
  if (optopt != 0) return explain(why, "option '%s' takes no argument; see --help", option);
  return explain(why, "unrecognized option '%s'; see --help", option);
}
