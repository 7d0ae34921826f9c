"""Sampling front ends: a process of its own for each works on the samples; here it is started and listened to."""
