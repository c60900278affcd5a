/* Lists of forms whose library was not found at configure time. */
#include "form.h"

#include <stdio.h>

#if !defined(KRON_EYE_BENCH_LIBXSMM) || !defined(KRON_EYE_BENCH_ONEDNN)
static void *leave_out(const struct form *form, const struct task *task, char note[NOTE_SIZE]) {
  (void)form;
  (void)task;
  snprintf(note, NOTE_SIZE, "not found when this program was configured");
  return NULL;
}
#endif

#ifndef KRON_EYE_BENCH_LIBXSMM
struct form_list libxsmm_forms(void) {
  static const struct form forms[] = {
      {.name = "LIBXSMM", .group = GROUP_PEER, .types = SET_PLAIN, .prepare = leave_out}};
  return (struct form_list){1, forms};
}
#endif

#ifndef KRON_EYE_BENCH_ONEDNN
struct form_list onednn_forms(void) {
  static const struct form forms[] = {
      {.name = "oneDNN", .group = GROUP_PEER, .types = SET_F32, .prepare = leave_out}};
  return (struct form_list){1, forms};
}
#endif
