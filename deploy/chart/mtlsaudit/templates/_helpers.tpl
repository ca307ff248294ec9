{{- define "mtlsaudit.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* 52 characters at most: the name of a CronJob (its Jobs get a suffix of 11). */}}
{{- define "mtlsaudit.fullname" -}}
{{- $name := include "mtlsaudit.name" . -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "mtlsaudit.selector" -}}
app.kubernetes.io/name: {{ include "mtlsaudit.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "mtlsaudit.labels" -}}
{{ include "mtlsaudit.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "mtlsaudit.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "mtlsaudit.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name is needed where serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "mtlsaudit.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "mtlsaudit.reportConfigMap" -}}
{{- printf "%s-report" (include "mtlsaudit.fullname" .) -}}
{{- end -}}

{{/* "yes" where something is kept in the volume. */}}
{{- define "mtlsaudit.keeps" -}}
{{- if or (eq .Values.report.to "volume") .Values.history.enabled -}}yes{{- end -}}
{{- end -}}

{{- define "mtlsaudit.claim" -}}
{{- default (include "mtlsaudit.fullname" .) .Values.volume.existingClaim -}}
{{- end -}}

{{- define "mtlsaudit.binding" -}}
subjects:
  - kind: ServiceAccount
    name: {{ include "mtlsaudit.serviceAccount" . }}
    namespace: {{ .Release.Namespace }}
{{- end -}}
