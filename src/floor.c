/* SPDX-License-Identifier: Apache-2.0 */
/* Linked with one whole room and the rooms that it may use: proves that it needs no other. */
int main(void);

int main(void)
{
    return 0;
}
